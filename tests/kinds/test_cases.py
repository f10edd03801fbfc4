"""Manifests with a fault, each in a file named after it; the whole text of the diagnostics stands beside.

`UPDATE_GOLDEN=1` writes the expected texts anew, for a person to read through.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reconciler.kinds.reading.decode import read_world
from reconciler.kinds.registry import REGISTRY
from reconciler.model.diagnostic import Diagnostic
from reconciler.sources.yaml.documents import read_documents

CASES = Path(__file__).parent / "cases"
ALL = sorted(path.relative_to(CASES).with_suffix("").as_posix() for path in CASES.rglob("*.yaml"))


@pytest.mark.parametrize("case", ALL)
def test_fault_is_told_with_place_and_remedy(case: str) -> None:
    text = (CASES / f"{case}.yaml").read_text()
    documents, broken = read_documents(text, f"{Path(case).name}.yaml")
    _, found = read_world(documents, REGISTRY)
    told = "".join(map(_told, broken + found))
    assert all(each.hint for each in broken + found), "each says what to do next"
    expected = CASES / f"{case}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        expected.write_text(told)
    assert told == expected.read_text()
    assert "hunter2" not in told.lower()
    assert "pydantic" not in told.lower()


def test_no_expectation_is_left_without_its_case() -> None:
    assert sorted(path.relative_to(CASES).with_suffix("").as_posix() for path in CASES.rglob("*.txt")) == ALL


def _told(diagnostic: Diagnostic) -> str:
    address = f" [{diagnostic.address}]" if diagnostic.address else ""
    hint = f"    {diagnostic.hint}\n" if diagnostic.hint else ""
    where = f"{diagnostic.place}: {diagnostic.severity}: {diagnostic.summary}{address}"
    return f"{where}\n    {diagnostic.detail}\n{hint}"
