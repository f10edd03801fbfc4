"""Many processes on one state in PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.project import keep_in
from tests.crash.test_applies_at_once import apply_at_once
from tests.crash.test_runner_killed import share_an_outbox


@pytest.mark.parametrize(("count", "began"), [(2, 0), (20, 1)])
def test_of_applies_at_once_each_is_whole_or_refused(tmp_path: Path, postgres_url: str, count: int, began: int) -> None:
    """Two make the state at once, and twenty find one that is there."""
    apply_at_once(tmp_path, keep_in(tmp_path / "shared", postgres_url), postgres_url, count, began, (0, 5, 6))


def test_two_runners_share_an_outbox_and_each_mail_arrives_once(tmp_path: Path, postgres_url: str) -> None:
    share_an_outbox(tmp_path, postgres_url)
