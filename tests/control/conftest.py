"""Whole texts compared with files in ``golden/``.

To write them anew after a wanted change, and then read the difference:

    RECONCILER_TEST_UPDATE_GOLDENS=1 python -m pytest tests/control
    git diff tests/control/golden
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"

Golden = Callable[[str, str], None]


@pytest.fixture
def golden() -> Golden:
    """Compares a text with ``golden/NAME``."""

    def compare(name: str, text: str) -> None:
        path, shown = GOLDEN / name, text + "\n"
        if os.environ.get("RECONCILER_TEST_UPDATE_GOLDENS"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(shown, encoding="utf-8")
        expected = path.read_text(encoding="utf-8") if path.exists() else f"{path.name} does not exist"
        assert shown == expected, "see tests/control/conftest.py if this is wanted"

    return compare
