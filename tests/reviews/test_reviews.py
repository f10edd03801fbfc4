"""Prepared changes: every fact a reviewer needs stands in the Markdown of the plan.

One folder each: ``before`` is applied, ``after`` is planned, ``checklist.txt`` has one fact a line, ``plan.md`` is the whole
text. To write those anew after a wanted change: RECONCILER_TEST_UPDATE_GOLDENS=1 python -m pytest tests/reviews
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from reconciler.cli.app import run

pytestmark = pytest.mark.usefixtures("same_samples")

HERE = Path(__file__).parent
CHANGES = sorted(path.parent.name for path in HERE.glob("*/checklist.txt"))
DIGEST = re.compile(r"\b[0-9a-f]{64}\b")


def planned(name: str, project: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Apply ``before``, then plan ``after``: exit code and Markdown."""
    shutil.copytree(HERE / name / "before", project)
    assert run(["-C", str(project), "apply", "--auto-approve"]) == 0
    for folder in ("manifests", "templates"):
        shutil.rmtree(project / folder)
        shutil.copytree(HERE / name / "after" / folder, project / folder)
    capsys.readouterr()
    code = run(["-C", str(project), "plan", "--format", "markdown"])
    return code, DIGEST.sub("0" * 64, capsys.readouterr().out)


@pytest.mark.parametrize("name", CHANGES)
def test_every_fact_is_in_the_comment(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, text = planned(name, tmp_path / "project", capsys)
    golden = HERE / name / "plan.md"
    if os.environ.get("RECONCILER_TEST_UPDATE_GOLDENS"):
        golden.write_text(text, encoding="utf-8")
    facts = (HERE / name / "checklist.txt").read_text(encoding="utf-8").splitlines()
    assert [fact for fact in facts if fact not in text] == []
    assert code == (4 if "### Blocked" in text else 0)
    assert text == golden.read_text(encoding="utf-8")


def test_ten_changes_are_prepared() -> None:
    assert len(CHANGES) >= 10
