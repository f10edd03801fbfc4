from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def documented() -> list[str]:
    """The summaries listed at the end of the page."""
    text = (ROOT / "docs" / "diagnostics.md").read_text(encoding="utf-8").partition("## Summaries")[2]
    paragraphs = (" ".join(part.split()).partition(": ")[2] for part in text.strip().split("\n\n"))
    return [summary for paragraph in paragraphs for summary in paragraph.split(" · ")]


@pytest.fixture(scope="module")
def source() -> str:
    return "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "reconciler").rglob("*.py")))


def test_the_page_lists_summaries() -> None:
    assert len(documented()) > 50
    assert len(documented()) == len(set(documented()))


@pytest.mark.parametrize("summary", documented())
def test_every_documented_summary_exists(summary: str, source: str) -> None:
    assert f'"{summary}"' in source
