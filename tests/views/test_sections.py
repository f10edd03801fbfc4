"""The sections of a plan: their order, and that nothing a plan holds is left untold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import pytest

from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import (
    Action,
    Change,
    FieldChange,
    LastUse,
    MailDiff,
    ReleaseHeld,
    TemplateEdit,
)
from reconciler.model.configuration.guard import Guard, GuardId
from reconciler.model.configuration.plan import Impact, Plan
from reconciler.model.configuration.suspension import Freeze
from reconciler.views.plan.facts import list_facts
from reconciler.views.plan.html import POLICY
from reconciler.views.plan.json import PLAN
from reconciler.views.plan.sections import Kind, Where, list_ranked, list_sections
from tests.support.printed import write_plan_html, write_plan_text
from tests.views.reviewed import REVIEWED
from tests.views.samples import DIAGNOSTICS, EMPTY, NOW, create, delete, plan, record, update

ADDRESS = Address("EmailTask", "ask")
MAIL = MailDiff(ADDRESS, "typical", "task", "the desk", "Rest", True, "-a\n+b\n")
EDIT = TemplateEdit("ask.txt.j2", (ADDRESS,), "-a\n+b\n")
FREEZE = Freeze("octo", "root@desk", NOW, "moving")
FULL = replace(
    REVIEWED,
    freeze=FREEZE,
    edits=(EDIT,),
    guards=(*REVIEWED.guards, Guard(GuardId.DELETIONS, None, "Many go.", "--allow deletions")),
)

OTHER_PLAN: Mapping[str, Any] = {
    "lineage": "other", "serial": 99, "environment": "other", "changes": (), "unchanged": 99, "digest": "f" * 64,
    "diagnostics": DIAGNOSTICS[:1], "guards": (), "control": (), "impact": Impact(), "suspensions": (),
    "targets": ("Group/desk",), "left_out": 4, "freeze": None, "edits": (),
}  # fmt: skip
OTHER_IMPACT: Mapping[str, Any] = {
    "tasks": (), "processes": (), "recipients": (), "external_domains": (), "new_external_domains": (), "requests": (),
    "effects": (), "deliver": "hold", "withheld": (), "released": (),
}  # fmt: skip
OTHER_CHANGE: Mapping[str, Any] = {
    "address": Address("EmailTask", "other"), "action": Action.DELETE, "reason": "other", "before": record("EmailTask/ask"),
    "after": record("EmailTask/ask"), "fields": (), "stated": {"/spec/x": 1}, "previous": Address("EmailTask", "old"),
    "messages": (), "last_use": LastUse(NOW), "told": (ReleaseHeld(),),
}  # fmt: skip
"""By field: another value than the full one, which a reader has to notice."""

JSON_ONLY = {"lineage", "serial"}
"""What pipelines alone compare."""

UNTOLD = {"judged", "effects of a change"}
"""How the plan was made; and what is carried out, of which `told` is what can be felt."""


NOT_ON_A_PAGE, NOT_IN_A_TEXT = {"external_domains"}, {"effects"}
"""A page names the new domains alone; a text says effects under the changes that cause them."""


def full_impact() -> Impact:
    return Impact(
        (ADDRESS,), (Address("ApprovalProcess", "manual"),), ("a@new.example", "b@old.example"),
        ("new.example", "old.example"), ("new.example",), ("r1",), ("a mail goes out",), "redirect", ("q@x.example",),
        (("h@x.example",),),
    )  # fmt: skip


def full_change() -> Change:
    before, after = record("EmailTask/ask"), record("EmailTask/ask")
    return Change(
        ADDRESS, Action.UPDATE, "spec changed: body", replace(before, owner="mail", source="a.yaml:1"),
        replace(after, owner="desk", source="a.yaml:2"), (FieldChange("/spec/body", "a", "b"),), messages=(MAIL,),
    )  # fmt: skip


def printed(made: Plan) -> tuple[str, str, str]:
    return write_plan_html(made), write_plan_text(made, verbose=True), PLAN.text(made)


def test_a_reviewer_reads_what_blocks_first_and_details_last() -> None:
    kinds = [section.sort.kind for section in list_sections(replace(FULL, impact=full_impact()))]
    assert kinds == [kind for kind in (
        Kind.IMPACT, Kind.BLOCKED, Kind.ALLOWED, Kind.FROZEN, Kind.CONTROL, Kind.DELETED, Kind.DOMAINS, Kind.MAIL, Kind.UNSEEN,
        Kind.SAME, Kind.REQUESTS, Kind.SUSPENDED, Kind.DIAGNOSTICS, Kind.CHANGES, Kind.EFFECTS,
    ) if kind in kinds]  # fmt: skip
    assert {Kind.BLOCKED, Kind.ALLOWED, Kind.FROZEN, Kind.DELETED, Kind.MAIL, Kind.UNSEEN, Kind.CHANGES} <= set(kinds)


def test_a_text_ends_with_what_is_long() -> None:
    kinds = [section.sort.kind for section in list_ranked(replace(FULL, impact=full_impact()))]
    assert kinds == [kind for kind in (
        Kind.BLOCKED, Kind.ALLOWED, Kind.DIAGNOSTICS, Kind.FROZEN, Kind.SUSPENDED, Kind.CONTROL, Kind.IMPACT, Kind.DELETED,
        Kind.UNSEEN,
    ) if kind in kinds]  # fmt: skip


def test_a_text_has_deletes_and_other_changes_in_the_order_they_are_carried_out() -> None:
    made = plan(create("Group/a"), delete("Group/b"), update("Group/c", "changed"), delete("Group/d"))
    (section,) = (each for each in list_ranked(made) if each.sort.kind is Kind.DELETED)
    assert [item.value for item in section.items] == list(made.changes)


def test_an_empty_plan_has_no_section_and_still_its_facts() -> None:
    assert list_sections(EMPTY) == []
    assert [fact.title for fact in list_facts(EMPTY) if fact.title and fact.value] == ["Unchanged", "Digest"]


def test_every_sort_of_section_has_items_of_a_full_plan_or_a_reason() -> None:
    same = replace(MAIL, changed=False)
    made = replace(FULL, changes=(*FULL.changes, replace(full_change(), messages=(same,))), impact=full_impact())
    made = replace(made, diagnostics=DIAGNOSTICS[:1])
    assert {section.sort.kind for section in list_sections(made)} == set(Kind)
    assert all(printed(made))


@pytest.mark.parametrize("field", [each.name for each in fields(Plan) if each.name not in UNTOLD])
def test_every_field_of_a_plan_is_told(field: str) -> None:
    assert field in OTHER_PLAN, "say in which section the new field is told, then name another value of it here"
    base = replace(FULL, targets=("owner=x",), left_out=2) if field == "left_out" else FULL
    page, text, data = printed(base)
    other_page, other_text, other_data = printed(replace(base, **{field: OTHER_PLAN[field]}))
    assert data != other_data
    assert field in JSON_ONLY or (page != other_page and text != other_text)


@pytest.mark.parametrize("field", [each.name for each in fields(Impact)])
def test_every_field_of_an_impact_is_told(field: str) -> None:
    base = replace(FULL, impact=full_impact())
    other = replace(base, impact=replace(full_impact(), **{field: OTHER_IMPACT[field]}))
    told = [one != two for one, two in zip(printed(base), printed(other), strict=True)]
    assert told == [field not in NOT_ON_A_PAGE, field not in NOT_IN_A_TEXT, True]


@pytest.mark.parametrize("field", [each.name for each in fields(Change) if f"{each.name} of a change" not in UNTOLD])
def test_every_field_of_a_change_is_told(field: str) -> None:
    assert field in OTHER_CHANGE, "say in which section the new field is told, then name another value of it here"
    base = full_change()
    if field == "stated":
        base = replace(base, action=Action.CREATE, before=None, fields=())
    made, other = (
        replace(FULL, changes=(base,)),
        replace(FULL, changes=(replace(base, **{field: OTHER_CHANGE[field]}),)),
    )
    assert printed(made)[2] != printed(other)[2] or printed(made)[0] != printed(other)[0]


def test_notes_of_a_change_say_where_they_belong() -> None:
    (section,) = list_sections(replace(EMPTY, changes=(full_change(),)))[-1:]
    (item,) = section.items
    assert [str(note) for note in item.notes_in(Where.PAGE)] == [
        "taken over from owner mail by desk",
        "declared at a.yaml:2",
    ]
    assert [str(note) for note in item.notes_in(Where.COMMENT)] == ["taken over from owner mail by desk"]
    assert item.notes_in(Where.TEXT) == []


def test_a_page_escapes_by_itself() -> None:
    page = write_plan_html(plan(update("Group/a", "<b>'\"&", title="<i>"), environment="<u>"))
    assert "&lt;b&gt;&#x27;&quot;&amp;" in page
    assert not any(tag in page for tag in ("<b>", "<i>", "<u>"))
    assert POLICY.replace("'", "&#x27;") in page
