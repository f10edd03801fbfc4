"""Whole texts compared with files in ``golden/``.

To write them anew after a wanted change, and then read the difference:

    python -m pytest tests/views --update-goldens
    git diff tests/views/golden
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"

Golden = Callable[[str, str], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-goldens", action="store_true", help="Write tests/views/golden anew.")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compares a text with ``golden/NAME``; an escape character stands there as ``␛``."""

    def compare(name: str, text: str) -> None:
        path, shown = GOLDEN / name, text.replace("\x1b", "␛") + "\n"
        if request.config.getoption("--update-goldens", default=False):
            path.write_text(shown, encoding="utf-8")
        expected = path.read_text(encoding="utf-8") if path.exists() else f"{path.name} does not exist"
        assert shown == expected, "run `python -m pytest tests/views --update-goldens` if this is wanted"

    return compare
