"""A plan of a part says so, and what it leaves out, in every view."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from reconciler.model.configuration.plan import Plan
from reconciler.views.plan.facts import describe_targets
from tests.support.printed import write_plan_annotations, write_plan_html, write_plan_markdown, write_plan_text
from tests.views.samples import EMPTY, MIXED

VIEWS: dict[str, Callable[[Plan], str]] = {
    "text": lambda plan: write_plan_text(plan, width=200),
    "markdown": write_plan_markdown,
    "html": write_plan_html,
    "github": write_plan_annotations,
}


@pytest.mark.parametrize(
    ("targets", "left_out", "said"),
    [
        (("EmailTask/a",), 0, "Only EmailTask/a and what it needs; nothing is left out."),
        (("owner=desk",), 1, "Only owner=desk and what it needs; 1 change is left out."),
        (("Group/a", "label=k=v"), 3, "Only Group/a, label=k=v and what they need; 3 changes are left out."),
        (tuple("abcdefg"), 3, "Only a, b, c, d, e and 2 more targets and what they need; 3 changes are left out."),
    ],
)
def test_the_part_is_named(targets: tuple[str, ...], left_out: int, said: str) -> None:
    assert describe_targets(replace(MIXED, targets=targets, left_out=left_out)) == said


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_tells_it(view: str) -> None:
    shown = VIEWS[view](replace(MIXED, targets=("owner=desk",), left_out=7))
    assert "7 changes are left out" in " ".join(shown.split())
    assert "are left out" not in VIEWS[view](MIXED)


def test_a_part_without_changes_does_not_speak_for_the_whole() -> None:
    text = write_plan_text(replace(EMPTY, targets=("owner=desk",), left_out=2))
    assert text.startswith("No changes: what the targets hit is stored as the manifests declare it.\nOnly owner=desk")


@pytest.mark.parametrize("view", VIEWS)
def test_a_label_from_outside_is_text(view: str) -> None:
    shown = VIEWS[view](replace(MIXED, targets=("label=k=<script>\x1b[31m\u202e\x07@team",), left_out=1))
    assert not any(character in shown for character in "\x1b\u202e\x07")
    assert "<script>" not in shown or view != "html"
