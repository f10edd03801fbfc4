"""What a reviewer reads of control and impact, whole."""

from __future__ import annotations

import pytest

from reconciler.model.configuration.plan import Plan
from reconciler.views.plan.sections import Kind, list_ranked
from reconciler.views.plan.text import list_blocks
from reconciler.views.writing.layout import Page
from tests.control.conftest import Golden
from tests.control.planned import plan
from tests.control.test_facts import COMPANY
from tests.support.printed import SAY

PEOPLE = ", ".join(f"Person {number} <person{number}@example.com>" for number in range(1, 15))
TYPES = "".join(
    f"---\nkind: ApprovalType\nmetadata: {{name: type{number}}}\nspec: {{process: ask}}\n" for number in range(12)
)
HOSTILE = "\u202emoc.elpmaxe <eve@example.net>"
WIDE = COMPANY + TYPES

PLANS = {
    "new": ("", COMPANY),
    "weaker": (
        COMPANY,
        COMPANY.replace("quorum: 2}]", "quorum: 1}], selfApproval: true, requireComment: never")
        .replace("tariq@example.com", "Eve <eve@example.net>")
        .replace("credential: login}", "credential: login, tls: {mode: none}}")
        .replace("mail.example.com", "mail.example.org")
        .replace("to: [{group: desk}]", "to: [{group: desk}, list@example.net, archive@example.edu]"),
    ),
    "many-people": (COMPANY, COMPANY.replace("Ida Berg <ida@example.com>", f"{PEOPLE}, zoe@example.net")),
    "many-types": (WIDE, WIDE.replace("quorum: 2", "quorum: 1")),
    "gone": (COMPANY, COMPANY[: COMPANY.index("---\nkind: ApprovalType")]),
    "hostile": (COMPANY, COMPANY.replace("members: [rosa", f"members: [{HOSTILE}, rosa")),
}  # fmt: skip


def sections(found: Plan, *, verbose: bool, width: int) -> str:
    page = Page(False, width, verbose, SAY)
    wanted = [each for each in list_ranked(found) if each.sort.kind in (Kind.CONTROL, Kind.IMPACT)]
    return "\n\n".join(block for section in wanted for block in list_blocks(section, page))


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("name", PLANS)
def test_control_and_impact(golden: Golden, name: str, width: int) -> None:
    text = sections(plan(*PLANS[name]), verbose=False, width=width)
    assert max(map(len, text.splitlines())) <= width
    golden(f"{name}-{width}.txt", text)


@pytest.mark.parametrize("name", ["many-people", "many-types"])
def test_verbose_shows_all(golden: Golden, name: str) -> None:
    golden(f"{name}-verbose.txt", sections(plan(*PLANS[name]), verbose=True, width=80))


def test_what_says_nothing_has_no_section() -> None:
    assert sections(plan(COMPANY, COMPANY), verbose=True, width=80) == ""
