from __future__ import annotations

import json
import re
from dataclasses import replace
from decimal import Decimal

import pytest

from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import Action
from reconciler.model.configuration.plan import Plan
from reconciler.views.plan.json import APPLIED, PLAN
from reconciler.views.plan.text import describe_applied
from tests.support.printed import write_plan_annotations, write_plan_html, write_plan_markdown, write_plan_text
from tests.views.conftest import Golden
from tests.views.samples import EMPTY, FIRST, HOSTILE, MIXED, create, delete, long_plan, plan, update

PLANS = {"mixed": MIXED, "empty": EMPTY, "first": FIRST, "hostile": HOSTILE, "long": long_plan()}


@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize("width", [80, 120])
def test_a_plan_reads_well_in_a_pipe(name: str, width: int, golden: Golden) -> None:
    golden(f"plan-{name}-{width}.txt", write_plan_text(PLANS[name], width=width))


@pytest.mark.parametrize("name", ["mixed", "empty"])
def test_a_plan_has_colour_on_a_terminal(name: str, golden: Golden) -> None:
    golden(f"plan-{name}-terminal.txt", write_plan_text(PLANS[name], colour=True, width=100))


def test_a_long_plan_is_whole_when_asked_for(golden: Golden) -> None:
    text = write_plan_text(PLANS["long"], verbose=True)
    assert "--verbose" not in text
    assert all(str(change.address) in text for change in PLANS["long"].changes)
    golden("plan-mixed-verbose.txt", write_plan_text(MIXED, verbose=True))


def test_a_long_plan_names_every_update_and_delete() -> None:
    text = write_plan_text(PLANS["long"])
    assert "~ SmtpServer/relay" in text
    assert "- Group/gone" in text


@pytest.mark.parametrize("name", ["mixed", "empty", "first", "long"])
@pytest.mark.parametrize("width", [60, 80, 120])
def test_lines_fit_the_width(name: str, width: int) -> None:
    longest = max(write_plan_text(PLANS[name], width=width).splitlines(), key=len)
    assert len(longest) <= max(width, 71), longest  # a digest is 64 characters whatever the width


@pytest.mark.parametrize("name", PLANS)
def test_no_line_ends_in_white_space(name: str) -> None:
    assert all(line == line.rstrip() for line in write_plan_text(PLANS[name]).splitlines())


def test_colour_marks_and_changes_nothing_else() -> None:

    assert re.sub(r"\x1b\[[0-9;]*m", "", write_plan_text(MIXED, colour=True)) == write_plan_text(MIXED)


@pytest.mark.parametrize("name", PLANS)
def test_json_is_one_document_with_the_documented_keys(name: str) -> None:
    data = json.loads(PLAN.text(PLANS[name]))
    keys = "formatVersion lineage serial environment digest targets leftOut summary changes templateEdits control guards impact"
    assert list(data) == [*keys.split(), "suspensions", "freeze", "diagnostics"]
    assert list(data["summary"]) == ["create", "update", "delete", "move", "unchanged"]
    for change in data["changes"]:
        moved = ["previousAddress"] if "previousAddress" in change else []
        used = ["lastUsed"] if "lastUsed" in change else []
        assert list(change) == ["address", *moved, "action", "owner", "reason", *used, "source", "fields", "messages"]
        assert all({"path", "before", "after"} <= set(field) for field in change["fields"])


def test_json_is_as_documented(golden: Golden) -> None:
    golden("plan-mixed.json", PLAN.text(MIXED))


def test_numbers_in_json_are_exact() -> None:
    text = PLAN.text(MIXED)
    assert '"after": 12.50' in text
    assert json.loads(text, parse_float=Decimal)


def test_json_keeps_what_is_hidden_and_shows_none_of_it() -> None:
    text = PLAN.text(HOSTILE)
    assert not any(character in text for character in "\x1b\u202e\u2066\x07\u200b")
    assert json.loads(text)["environment"] == HOSTILE.environment


RENAMES = plan(
    update("Group/a", "spec changed: members"),
    update("Group/b", "renamed from x; spec changed: members", previous=Address("Group", "x")),
    update("Group/c", "renamed from y; spec changed: members", previous=Address("Group", "y")),
    replace(update("Group/d", "renamed from z", previous=Address("Group", "z")), action=Action.NONE),
)


def test_a_rename_with_another_change_is_counted_once_in_every_format() -> None:
    counts = "3 to update (2 of them renamed), 1 to rename"
    assert write_plan_text(RENAMES).startswith(f"Plan: {counts}; 14 unchanged.\n")
    assert f"## Plan: {counts}\n" in write_plan_markdown(RENAMES)
    assert f">{counts}<" in write_plan_html(RENAMES)
    assert counts.replace(",", "%2C") in write_plan_annotations(RENAMES)
    assert PLAN.write(RENAMES)["summary"]["move"] == 3


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (MIXED, "Applied: 3 created, 4 updated, 4 deleted. Serial 8.\nJournal head 3:abc"),
        (plan(create("Group/a")), "Applied: 1 created. Serial 8.\nJournal head 3:abc"),
        (plan(delete("Group/a")), "Applied: 1 deleted. Serial 8.\nJournal head 3:abc"),
        (RENAMES, "Applied: 3 updated (2 of them renamed), 1 renamed. Serial 8.\nJournal head 3:abc"),
    ],
)
def test_an_apply_says_what_was_committed(given: Plan, expected: str) -> None:
    assert describe_applied(given, 8, "3:abc") == expected


def test_an_apply_in_json_has_serial_summary_digest_and_head() -> None:
    assert APPLIED.write(EMPTY, serial=7, journalHead="") == {
        "formatVersion": "1.0",
        "serial": 7,
        "summary": {"create": 0, "update": 0, "delete": 0, "move": 0, "unchanged": 14},
        "digest": EMPTY.digest,
        "journalHead": None,
    }


def test_a_secret_appears_as_its_name_only() -> None:
    text = write_plan_text(MIXED)
    assert "password.secret  relay-password" in text
    assert "password.secret  backup-password -> backup-password-2026" in text


def test_the_same_plan_gives_the_same_text() -> None:
    assert write_plan_text(long_plan()) == write_plan_text(long_plan())


@pytest.mark.parametrize(("title", "told"), [("Desk", False), ("A desk with a name " * 3, True)])
def test_a_title_too_long_for_the_head_stands_among_the_fields(title: str, told: bool) -> None:
    made = plan(create("Group/desk", title, stated={"/metadata/title": title, "/metadata/protected": True}))
    text = write_plan_text(made, verbose=True)
    assert "    metadata.protected  true" in text
    assert ("    metadata.title      " in text) is told
