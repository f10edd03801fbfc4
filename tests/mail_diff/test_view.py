"""Mail diffs as a person reads them, in a pipe and on a terminal, at 80 and at 120 columns.

To write the golden files anew after a wanted change:  RECONCILER_TEST_UPDATE_GOLDENS=1 python -m pytest tests/mail_diff
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import Action, Change, MailDiff
from reconciler.views.plan.changes_text import list_mail_lines
from reconciler.views.writing.layout import Page
from tests.support.printed import SAY

GOLDEN = Path(__file__).parent / "golden"
ASK = Address("EmailTask", "ask")

EDIT = MailDiff(
    ASK, "typical", "start", "each approver, one mail each", "Sample Requester asks: run npp.exe on PC-0114", True,
    "@@ -3,4 +3,5 @@ text body\n Good morning,\n\n-this is the one sentence that was changed in the letter, and it is far"
    " longer than a terminal is wide, as sentences in mail often are.\n+this is shorter.\n+And new.\n Regards",
)  # fmt: skip
SAME = MailDiff(ASK, "typical", "completed", "the requester", "Approved: run npp.exe", False, "")
AWKWARD = replace(EDIT, sample="awkward", diff="@@ -1 +1 @@ text body\n-\u202eold\x1b[31m\n+new")
SENDER = MailDiff(
    Address("EmailTask", "notice"), "typical", "task", "group ops (2 people)", "Rest", True,
    "@@ -1,2 +1,2 @@ headers\n-From: Desk <desk@example.com>\n+From: Help <help@example.com>\n To: rosa@example.com",
    alike=tuple(Address("EmailTask", f"notice-{number}") for number in range(299)),
)  # fmt: skip
LONG = replace(EDIT, subject="Long", diff="@@ -1,60 +1,60 @@ text body\n" + "\n".join(f"+line {n}" for n in range(60)))
NEW = replace(EDIT, subject="Brand new", diff="@@ -0,0 +1,2 @@ headers\n+From: a@example.com\n+Subject: Brand new")
TEXT = replace(EDIT, subject="With a text part", diff="@@ -0,0 +1,2 @@ text body\n+Good morning,\n+all is well.")

CHANGES = {
    "part": Change(ASK, Action.UPDATE, "spec changed: body", messages=(TEXT,)),
    "update": Change(ASK, Action.UPDATE, "template changed: ask.txt.j2", messages=(SAME, EDIT, AWKWARD)),
    "server": Change(Address("SmtpServer", "relay"), Action.UPDATE, "spec changed: from", messages=(SENDER,)),
    "long": Change(ASK, Action.UPDATE, "spec changed: body", messages=(LONG, *[replace(LONG, slot="task")] * 4)),
    "new": Change(ASK, Action.CREATE, "new", messages=(NEW, replace(NEW, slot="subject", subject="open door 4"))),
}


def lines(name: str, *, verbose: bool = False, colour: bool = False, width: int = 80) -> str:
    return "\n".join(list_mail_lines(CHANGES[name], Page(colour, width, verbose, SAY))) + "\n"


def compare(name: str, text: str) -> None:
    path, shown = GOLDEN / name, text.replace("\x1b", "␛")
    if os.environ.get("RECONCILER_TEST_UPDATE_GOLDENS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(shown, encoding="utf-8")
    assert shown == (path.read_text(encoding="utf-8") if path.exists() else f"{path.name} does not exist")


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("width", [80, 120])
def test_mail_under_its_change_in_a_pipe(name: str, width: int) -> None:
    compare(f"{name}-{width}.txt", lines(name, width=width))


@pytest.mark.parametrize("name", ["update", "server"])
@pytest.mark.parametrize("width", [80, 120])
def test_mail_under_its_change_on_a_terminal(name: str, width: int) -> None:
    compare(f"{name}-terminal-{width}.txt", lines(name, colour=True, width=width))


@pytest.mark.parametrize("name", ["update", "new"])
def test_everything_when_asked_for(name: str) -> None:
    text = lines(name, verbose=True)
    assert "--verbose" not in text
    compare(f"{name}-verbose.txt", text)


@pytest.mark.parametrize("name", CHANGES)
def test_colour_marks_and_changes_nothing_else(name: str) -> None:
    assert re.sub(r"\x1b\[[0-9;]*m", "", lines(name, colour=True)) == lines(name)


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("width", [60, 80, 120])
def test_lines_fit_the_width_and_hide_nothing(name: str, width: int) -> None:
    text = lines(name, width=width, verbose=True)
    assert max(map(len, text.splitlines())) <= width
    assert not any(character in text for character in "\x1b\u202e")
