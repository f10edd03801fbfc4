"""Whose domains are home: those the project names, else those applied servers send from; a new one is said and blocked."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model.configuration.plan import Plan
from tests.control.planned import said
from tests.control.test_ways import planned, process, server, task, type_

BEFORE = server("relay", "mail.example.com") + task("news") + process("ask") + type_("run", "ask")
EVIL = server("evil", "mail.example.com").replace("desk@example.com", "x@evil.example")
COMPANY: dict[str, Any] = {"domains": ["example.com"]}
BOTH: dict[str, Any] = {"domains": ["Evil.EXAMPLE", "example.com"]}
NONE: dict[str, Any] = {}

Spec = dict[str, Any] | None

WEAKER = "weaker domains of the project: example.com -> evil.example, example.com"

FEWER = "different domains of the project: evil.example, example.com -> example.com"
CAPITALS = EVIL.replace("x@evil.example", "X <x+y@EVIL.Example>")
LOST = EVIL.replace("{name: evil}", "{name: lost}").replace("x@evil", "x@lost")
HUB = EVIL.replace("{name: evil}", "{name: hub, renamedFrom: evil}").replace("evil.example", "evil.example.net")

NEW: dict[str, tuple[str, str, Spec, Spec, list[str]]] = {
    "a server": (BEFORE, BEFORE + EVIL, None, None, [f"{WEAKER} [SmtpServer/evil]"]),
    "a server, spelled otherwise": (BEFORE, BEFORE + CAPITALS, None, None, [f"{WEAKER} [SmtpServer/evil]"]),
    "two servers": (
        BEFORE, BEFORE + EVIL + LOST, None, None,
        [
            f"{WEAKER} [SmtpServer/evil]",
            "weaker domains of the project: example.com -> example.com, lost.example [SmtpServer/lost]",
        ],
    ),
    "a server below a domain": (
        BEFORE, BEFORE + EVIL.replace("evil.example", "sub.example.com"), None, None,
        ["weaker domains of the project: example.com -> example.com, sub.example.com [SmtpServer/evil]"],
    ),
    "the sender of a server": (
        BEFORE, BEFORE.replace("desk@example.com", "desk@evil.example"), None, None,
        ["weaker domains of the project: example.com -> evil.example [SmtpServer/relay]"],
    ),
    "the sender of a server with a new name": (
        BEFORE + EVIL, BEFORE + HUB, None, None,
        ["weaker domains of the project: evil.example, example.com -> evil.example.net, example.com [SmtpServer/hub]"],
    ),
    "the project names it": (BEFORE, BEFORE, None, BOTH, [f"{WEAKER} [Project/company]"]),
    "the project names it too": (BEFORE, BEFORE, COMPANY, BOTH, [f"{WEAKER} [Project/company]"]),
    "the project names none any more": (BEFORE + EVIL, BEFORE + EVIL, COMPANY, NONE, [f"{WEAKER} [Project/company]"]),
    "the project's file goes": (BEFORE + EVIL, BEFORE + EVIL, COMPANY, None, [f"{WEAKER} [Project/company]"]),
    "none named any more, and a server at once": (BEFORE, BEFORE + EVIL, COMPANY, NONE, [f"{WEAKER} [SmtpServer/evil]"]),
    "a domain goes": (BEFORE, BEFORE, BOTH, COMPANY, [f"{FEWER} [Project/company]"]),
    "a server goes": (BEFORE + EVIL, BEFORE, None, None, [f"{FEWER} [SmtpServer/evil]"]),
}  # fmt: skip


@pytest.mark.parametrize("name", NEW)
def test_a_domain_comes_or_goes(name: str) -> None:
    before, after, was, will, expected = NEW[name]
    assert said(planned(before, after, was, will).control) == expected


@pytest.mark.parametrize("name", [name for name in NEW if "goes" not in name or "file" in name])
def test_whoever_comes_with_the_domain_is_external(name: str) -> None:
    before, after, was, will, _ = NEW[name]
    domain = next(
        each for each in ("sub.example.com", "evil.example.net", "evil.example") if each in (after + str(will)).lower()
    )
    plan = planned(before, after.replace("tariq@", f"eve@{domain}, tariq@"), was, will)
    assert f"weaker run/1 approvers: +eve@{domain} (external) [ApprovalProcess/ask]" in said(plan.control)
    assert domain in plan.impact.external_domains


@pytest.mark.parametrize(
    ("before", "after", "was", "will"),
    [
        (BEFORE, BEFORE + EVIL.replace("x@evil.example", "x@Example.COM"), None, None),
        (BEFORE, BEFORE + EVIL, COMPANY, COMPANY),
        (BEFORE, BEFORE, None, COMPANY),
        (BEFORE + EVIL, BEFORE + EVIL.replace("{name: evil}", "{name: hub}"), None, None),
        (BEFORE + EVIL.replace("evil.", "bücher."), BEFORE + EVIL.replace("evil.", "XN--BCHER-kva."), None, None),
        (server("relay", "mail.example.com"), server("relay", "mail.example.com", ", helo: a.example.com"), None, None),
    ],
)  # fmt: skip
def test_no_domain_comes(before: str, after: str, was: Spec, will: Spec) -> None:
    assert said(planned(before, after, was, will).control) == []


@pytest.mark.parametrize(
    "outside", ["eve@evil.example", "eve@sub.example.com", "Eve <eve@EXÄMPLE.com>", "eve+rosa@example.com.evil.example"]
)
def test_who_is_elsewhere_is_external_whatever_a_server_says(outside: str) -> None:
    after = BEFORE.replace("tariq@", f"{outside}, tariq@") + EVIL
    assert blocked(planned(BEFORE + EVIL, after, COMPANY, COMPANY)) == ["ApprovalProcess/ask"]


def test_the_guard_says_what_is_gained() -> None:
    (guard,) = planned(BEFORE, BEFORE + EVIL, None, None).guards
    assert guard.trouble == "SmtpServer/evil would weaken control: nobody at evil.example would be external any more."


def test_domains_that_approvers_of_a_new_process_are_at_are_not_open_to_tasks() -> None:
    idle = BEFORE + process("idle", approvers="eve@evil.example")
    assert blocked(planned(BEFORE, idle, None, None)) == []
    assert blocked(planned(idle, idle.replace("to: [rosa@", "to: [list@evil.example, rosa@"), None, None)) == [
        "EmailTask/news"
    ]


def mail(**settings: Any) -> dict[str, Any]:
    return {"mail": settings}


EVE, QA = mail(deliver="redirect", redirectTo="eve@evil.example"), mail(deliver="redirect", redirectTo="qa@example.com")


@pytest.mark.parametrize(
    ("was", "will", "because"),
    [
        (mail(deliver="all"), EVE, ["Project/company"]),
        (None, EVE, ["Project/company"]),
        (mail(deliver="hold"), EVE, ["Project/company"]),
        (QA, EVE, ["Project/company"]),
        (QA, mail(deliver="redirect", redirectTo="it@example.com"), []),
        (mail(deliver="all"), QA, []),
        (EVE, EVE, []),
        (mail(deliver="hold"), mail(deliver="hold", allow=["*@evil.example"]), ["Project/company"]),
    ],
)
def test_mail_is_redirected_to_nobody_outside(was: Spec, will: Spec, because: list[str]) -> None:
    """Though mail went to the domain before: a newsletter is no request for approval."""
    text = BEFORE.replace("to: [rosa@", "to: [list@evil.example, rosa@")
    assert blocked(planned(text, text, was, will)) == because


def blocked(plan: Plan) -> list[str]:
    return [str(each.address) for each in plan.guards if each.blocks]
