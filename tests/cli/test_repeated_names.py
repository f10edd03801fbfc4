"""A name given twice on the command line: neither value is taken silently. And what is said beside the data hides nothing."""

from __future__ import annotations

import pytest

from reconciler.cli.settings import notice
from tests.cli.conftest import Cli


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("send", "notice", "--param", "day=Sunday", "--param", "day=Monday", "--dry-run"), "day"),
        (("approvals", "request", "open-door", "--requester", "kim@example.org", "--reason", "x",
          "--field", "door=4", "--field", "door=5"), "door"),
    ],
)  # fmt: skip
def test_a_name_given_twice_is_wrong_usage(applied: Cli, words: tuple[str, ...], name: str) -> None:
    result = applied(*words)
    assert result.code == 1
    assert f"{name} is given more than once" in result.err


def test_a_notice_spells_out_what_would_turn_it_round(capsys: pytest.CaptureFixture[str]) -> None:
    notice("sent to \u202egro.elpmaxe\x1b[2J\nnext line")
    assert capsys.readouterr().err == "sent to \\u202egro.elpmaxe\\u001b[2J\nnext line\n"


def test_a_list_is_whole_where_no_person_reads_it(applied: Cli) -> None:
    assert "…" not in applied("audit", "list").out


def test_a_date_is_shown_as_it_was_written(applied: Cli) -> None:
    made = applied("approvals", "request", "open-door", "--requester", "kim@example.org", "--reason", "x",
                   "--field", "door=4", "--field", "until=2027-05-01", "--format=json")  # fmt: skip
    assert "until  2027-05-01\n" in applied("approvals", "show", made.json["id"]).out
