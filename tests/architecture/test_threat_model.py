"""The threat model names a test for each of its lines: each of them is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "threat-model.md"
_NAME = re.compile(r"`(\w+/\w+\.py)(?:::(\w+))?`")


def test_every_test_that_the_page_names_is_there() -> None:
    named = set(_NAME.findall(PAGE.read_text(encoding="utf-8")))
    assert len(named) > 30
    assert {(file, name) for file, name in named if name and name not in _tests(TESTS / file)} == set()
    assert {file for file, _ in named if not (TESTS / file).is_file()} == set()


def test_every_wall_names_a_test() -> None:
    rows = [
        line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ") and line.count("|") == 5
    ]
    walls = [row for row in rows if not row.startswith("| wall")]
    assert len(walls) > 20 and [row for row in walls if not _NAME.search(row.split("|")[4])] == []


def _tests(file: Path) -> set[str]:
    return {node.name for node in ast.parse(file.read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef)}
