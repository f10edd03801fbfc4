"""One row per fact: what changes in the manifests, and every shift of control a plan has of it."""

from __future__ import annotations

import pytest

from tests.control.planned import plan, said

COMPANY = """\
kind: SmtpServer
metadata: {name: relay}
spec: {uri: "smtp://mail.example.com:587", from: desk@example.com, credential: login}
---
kind: Credential
metadata: {name: login}
spec: {username: desk, password: {secret: relay-password}}
---
kind: Group
metadata: {name: desk}
spec: {members: [rosa@example.com, tariq@example.com, {group: leads}]}
---
kind: Group
metadata: {name: leads}
spec: {members: [Ida Berg <ida@example.com>]}
---
kind: EmailTask
metadata: {name: notice}
spec: {to: [{group: desk}], subject: Notice, body: "Text\\n"}
---
kind: ApprovalProcess
metadata: {name: ask}
spec: {stages: [{approvers: [{group: desk}], quorum: 2}]}
---
kind: ApprovalType
metadata: {name: run}
spec: {process: ask, fields: {file: {required: true}, note: {}}}
"""

ROWS = {
    "quorum lowered": (
        [("quorum: 2", "quorum: 1")],
        ["weaker run/1 quorum: 2 of 3 people -> 1 of 3 people [ApprovalProcess/ask]"],
    ),
    "quorum raised": (
        [("quorum: 2", "quorum: 3")],
        ["stronger run/1 quorum: 2 of 3 people -> 3 of 3 people [ApprovalProcess/ask]"],
    ),
    "number to all": (
        [("quorum: 2", "quorum: all")],
        ["stronger run/1 quorum: 2 of 3 people -> all of 3 people [ApprovalProcess/ask]"],
    ),
    "self-approval on": (
        [("quorum: 2}]", "quorum: 2}], selfApproval: true")],
        ["weaker run self-approval: refused -> allowed [ApprovalProcess/ask]"],
    ),
    "reason dropped": (
        [("quorum: 2}]", "quorum: 2}], requireReason: false")],
        ["weaker run reason: required -> optional [ApprovalProcess/ask]"],
    ),
    "comment dropped": (
        [("quorum: 2}]", "quorum: 2}], requireComment: never")],
        ["weaker run comment: required to deny -> never required [ApprovalProcess/ask]"],
    ),
    "comment always": (
        [("quorum: 2}]", "quorum: 2}], requireComment: always")],
        ["stronger run comment: required to deny -> always required [ApprovalProcess/ask]"],
    ),
    "required field optional": (
        [("file: {required: true}", "file: {}")],
        ["weaker run required field: file: required -> file: optional [ApprovalType/run]"],
    ),
    "required field with a default": (
        [("file: {required: true}", "file: {required: true, default: a.exe}")],
        ["weaker run required field: file: required -> file: has a default [ApprovalType/run]"],
    ),
    "required field gone": (
        [("file: {required: true}, ", "")],
        ["weaker run required field: file: required -> file: not a field [ApprovalType/run]"],
    ),
    "field required": (
        [("note: {}", "note: {required: true}")],
        ["stronger run required field: note: optional -> note: required [ApprovalType/run]"],
    ),
    "internal person joins": (
        [("tariq@example.com", "tariq@example.com, new@example.com")],
        ["different run/1 approvers: +new@example.com (through desk) [Group/desk]"],
    ),
    "external person joins": (
        [("tariq@example.com", "tariq@example.com, eve@example.net")],
        [
            "weaker external recipient domain: (none) -> example.net (eve@example.net) [Group/desk]",
            "weaker run/1 approvers: +eve@example.net (external, through desk) [Group/desk]",
        ],
    ),
    "external person joins a nested group": (
        [("Ida Berg <ida@example.com>", "Ida Berg <ida@example.com>, eve@example.net")],
        [
            "weaker external recipient domain: (none) -> example.net (eve@example.net) [Group/leads]",
            "weaker run/1 approvers: +eve@example.net (external, through desk > leads) [Group/leads]",
        ],
    ),
    "external person named by the process": (
        [("approvers: [{group: desk}]", "approvers: [{group: desk}, Eve <eve@example.net>]")],
        ["weaker run/1 approvers: +Eve <eve@example.net> (external) [ApprovalProcess/ask]"],
    ),
    "person leaves": (
        [("Ida Berg <ida@example.com>", "tariq@example.com")],
        ["availability run/1 approvers: -Ida Berg <ida@example.com> (through desk > leads) [Group/leads]"],
    ),
    "person replaced": (
        [("Ida Berg <ida@example.com>", "Olu Ade <olu@example.com>")],
        ["different run/1 approvers: +Olu Ade <olu@example.com> (through desk > leads) "
         "-Ida Berg <ida@example.com> (through desk > leads) "
         "[Group/leads]"],
    ),
    "people through two groups": (
        [("tariq@example.com", "tariq@example.com, eve@example.net"), ("Ida Berg <ida@example.com>", "olu@example.com")],
        [
            "weaker external recipient domain: (none) -> example.net (eve@example.net) [Group/desk]",
            "weaker run/1 approvers: +eve@example.net (external, through desk) [Group/desk]",
            "different run/1 approvers: +olu@example.com (through desk > leads) "
         "-Ida Berg <ida@example.com> (through desk > leads) [Group/leads]",
        ],
    ),
    "the same person spelled otherwise": ([("rosa@example.com", "Rosa <Rosa+desk@EXAMPLE.com>")], []),
    "TLS none": (
        [("from: desk@example.com, credential: login", "from: desk@example.com, tls: {mode: none}")],
        ["weaker TLS: starttls -> none [SmtpServer/relay]"],
    ),
    "implicit TLS": (
        [("smtp://mail.example.com:587", "smtps://mail.example.com")],
        ["stronger TLS: starttls -> implicit [SmtpServer/relay]"],
    ),
    "certificate not verified": (
        [("credential: login}", "credential: login, tls: {verify: false}}")],
        ["weaker certificate: verified -> not verified [SmtpServer/relay]"],
    ),
    "TLS version raised": (
        [("credential: login}", 'credential: login, tls: {minVersion: "1.3"}}')],
        ["stronger TLS version: at least 1.2 -> at least 1.3 [SmtpServer/relay]"],
    ),
    "other authorities": (
        [("credential: login}", "credential: login, tls: {ca: ca.pem, serverName: mx.example.com}}")],
        [
            "different TLS authorities: the system's -> ca.pem [SmtpServer/relay]",
            "different name in the certificate: the host -> mx.example.com [SmtpServer/relay]",
        ],
    ),
    "host changed": (
        [("mail.example.com", "mail.example.org")],
        [
            "weaker host a secret is sent to: relay-password to mail.example.com -> relay-password to mail.example.org "
            "[SmtpServer/relay]",
            "weaker mail server host: mail.example.com -> mail.example.org [SmtpServer/relay]",
            "weaker run approval mail host: mail.example.com -> mail.example.org [SmtpServer/relay]",
        ],
    ),
    "port changed": ([(":587", ":2525")], []),
    "other secret": (
        [("secret: relay-password", "secret: cloud-key")],
        ["weaker secret reference: (none) -> cloud-key [Credential/login]"],
    ),
    "task writes outside": (
        [("to: [{group: desk}]", "to: [{group: desk}, list@example.net]")],
        ["weaker external recipient domain: (none) -> example.net (list@example.net) [EmailTask/notice]"],
    ),
    "task writes to a hidden copy outside": (
        [("subject: Notice", "bcc: [list@example.net], subject: Notice")],
        ["weaker external recipient domain: (none) -> example.net (list@example.net) [EmailTask/notice]"],
    ),
    "type removed": (
        [(COMPANY[COMPANY.index("---\nkind: ApprovalType") :], "")],
        ["availability run/1 approvers: -rosa@example.com (through desk) -tariq@example.com (through desk) "
         "-Ida Berg <ida@example.com> (through desk > leads) [ApprovalType/run]"],
    ),
    "words changed": ([("subject: Notice", "subject: News"), ("body: \"Text", "body: \"More")], []),
    "longer deadline": ([("quorum: 2}", "quorum: 2, expireAfter: 9d}")], []),
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_a_fact(name: str) -> None:
    edits, expected = ROWS[name]
    after = COMPANY
    for old, new in edits:
        assert old in after
        after = after.replace(old, new)
    assert said(plan(COMPANY, after).control) == expected


@pytest.mark.parametrize("name", ["TLS none", "certificate not verified", "quorum lowered", "self-approval on"])
def test_what_is_weaker_one_way_is_stronger_the_other(name: str) -> None:
    edits, _ = ROWS[name]
    after = COMPANY
    for old, new in edits:
        after = after.replace(old, new)
    back = [each for each in plan(after, COMPANY).control if not each.fact.startswith(("secret", "host"))]
    assert [str(each.shift) for each in back] == ["stronger"]


def test_nothing_is_weaker_on_an_empty_state() -> None:
    loose = COMPANY.replace("quorum: 2}]", "quorum: 1}], selfApproval: true").replace(
        "rosa@example.com", "eve@example.net"
    )
    assert said(plan("", loose).control) == [
        "different run/1 approvers: +eve@example.net (external, through desk) +tariq@example.com (through desk) "
        "+Ida Berg <ida@example.com> (through desk > leads) [ApprovalType/run]",
        "different run/1 quorum: (none) -> 1 of 3 people [ApprovalType/run]",
        "different run/1 self-approval: (none) -> allowed [ApprovalType/run]",
    ]


def test_no_change_shifts_nothing() -> None:
    assert plan(COMPANY, COMPANY).control == ()
