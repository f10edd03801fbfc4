"""A plan tells of an effect only where it can have one; the apply carries all of them out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from reconciler.model.approvals.request import Request, Rules, Stage
from reconciler.model.configuration.plan import Plan
from reconciler.model.duration import parse_duration
from reconciler.model.mail.mailbox import GroupReference, Mailbox
from tests.control.planned import plan

NOW = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)

GROUPS = """
kind: Group
metadata: {name: desk}
spec: {members: [rosa@example.com]}
---
kind: Group
metadata: {name: all}
spec: {members: [{group: desk}, tariq@example.com]}
"""
RENAMED = GROUPS.replace("name: desk}", "name: shift, renamedFrom: desk}").replace("group: desk", "group: shift")
JOINED = GROUPS.replace("[rosa@example.com]", "[rosa@example.com, lena@example.com]")

LOGIN = """
kind: Credential
metadata: {name: login}
spec: {username: desk, password: {secret: relay-password}}
---
kind: SmtpServer
metadata: {name: relay}
spec: {uri: "smtp://mail.example.com:587", from: desk@example.com, credential: login}
"""
AGAIN = "mail waiting for SmtpServer/relay is tried again at once"


def request(group: str) -> Request:
    stage = Stage("", (GroupReference(group),), 1, parse_duration("3d"))
    who = Mailbox("kim@example.org")
    return Request("req_01", "run", "ask", "Run it", who, "", {}, (stage,), Rules(), NOW, NOW, NOW, NOW)


def told(plan: Plan) -> list[str]:
    return [str(effect) for change in plan.changes for effect in change.told]


@pytest.mark.parametrize(
    ("before", "after", "asked", "expected"),
    [
        (GROUPS, JOINED, "desk", ["Group/desk"]),
        (GROUPS, JOINED, "all", ["Group/desk"]),
        (GROUPS, JOINED, "elsewhere", []),
        (GROUPS, JOINED, "", []),
        (GROUPS, RENAMED, "all", []),
        (GROUPS, RENAMED.replace("[rosa@", "[lena@"), "all", ["Group/all", "Group/desk"]),
    ],
)
def test_requests_look_again_where_other_people_are_asked(
    before: str, after: str, asked: str, expected: list[str]
) -> None:
    found = plan(before, after, [request(asked)] if asked else [])
    assert sorted(told(found)) == [f"pending requests look again at whom to ask ({each} changed)" for each in expected]
    assert list(found.impact.effects) == sorted(told(found))
    assert any(change.effects for change in found.changes)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("", LOGIN, []),
        (LOGIN, LOGIN.replace("username: desk", "username: night"), [AGAIN]),
        (LOGIN, LOGIN.replace("mail.example.com", "smtp.example.com"), [AGAIN]),
        (LOGIN.replace("name: relay", "name: old"), LOGIN.replace("name: relay", "name: relay, renamedFrom: old"), []),
        (
            LOGIN.replace("name: relay", "name: old"),
            LOGIN.replace("name: relay", "name: relay, renamedFrom: old").replace("mail.ex", "smtp.ex"),
            [AGAIN],
        ),
    ],
)
def test_mail_is_tried_again_only_at_a_server_there_was(before: str, after: str, expected: list[str]) -> None:
    assert told(plan(before, after)) == expected
