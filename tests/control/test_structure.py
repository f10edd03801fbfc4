"""Groups renamed and nested, types that follow another process, processes replaced: control is about people."""

from __future__ import annotations

import pytest

from tests.control.planned import plan, said

RELAY = """\
kind: SmtpServer
metadata: {name: relay}
spec: {uri: "smtp://mail.example.com:587", from: desk@example.com}
---
"""


def group(name: str, *members: str) -> str:
    return f"kind: Group\nmetadata: {{name: {name}}}\nspec: {{members: [{', '.join(members)}]}}\n---\n"


def process(name: str, approvers: str, rest: str = "quorum: 1", more: str = "") -> str:
    stages = f"[{{approvers: [{approvers}], {rest}}}]"
    return f"kind: ApprovalProcess\nmetadata: {{name: {name}}}\nspec: {{stages: {stages}{more}}}\n---\n"


def type_(name: str, process: str) -> str:
    return f"kind: ApprovalType\nmetadata: {{name: {name}}}\nspec: {{process: {process}}}\n---\n"


DESK = group("desk", "rosa@example.com", "tariq@example.com", "ida@example.com")
ASK = process("ask", "{group: desk}", "quorum: 2")
BEFORE = RELAY + DESK + ASK + type_("run", "ask")

SAME_PEOPLE = {
    "group renamed": RELAY
    + group("crew", "rosa@example.com", "tariq@example.com", "ida@example.com")
    + process("ask", "{group: crew}", "quorum: 2")
    + type_("run", "ask"),
    "group nested": RELAY
    + group("desk", "{group: inner}", "ida@example.com")
    + group("inner", "rosa@example.com", "tariq@example.com")
    + ASK
    + type_("run", "ask"),
    "group dissolved": RELAY
    + process("ask", "rosa@example.com, tariq@example.com, ida@example.com", "quorum: 2")
    + type_("run", "ask"),
    "named twice": RELAY + DESK + process("ask", "{group: desk}, Rosa <rosa+a@example.com>", "quorum: 2") + type_("run", "ask"),
    "process replaced": RELAY + DESK + process("other", "{group: desk}", "quorum: 2") + type_("run", "other"),
    "stage named": RELAY + DESK + process("ask", "{group: desk}", "quorum: 2, name: desk") + type_("run", "ask"),
}  # fmt: skip


@pytest.mark.parametrize("name", SAME_PEOPLE)
def test_the_same_people_under_the_same_rules_are_no_shift(name: str) -> None:
    found = plan(BEFORE, SAME_PEOPLE[name])
    assert found.changes
    assert said(found.control) == []


def test_a_type_that_moves_to_another_process_is_judged_by_what_it_follows_then() -> None:
    lax = process("lax", "{group: desk}, eve@example.net", "quorum: 1", ", selfApproval: true, requireReason: false")
    after = RELAY + DESK + ASK + lax + type_("run", "lax")
    assert said(plan(BEFORE + lax, after).control) == [
        "weaker run reason: required -> optional [ApprovalType/run]",
        "weaker run self-approval: refused -> allowed [ApprovalType/run]",
        "weaker run/1 approvers: +eve@example.net (external) [ApprovalType/run]",
        "weaker run/1 quorum: 2 of 3 people -> 1 of 4 people [ApprovalType/run]",
    ]


def test_a_process_no_type_follows_controls_nothing() -> None:
    lax = process("lax", "{group: desk}", "quorum: 2")
    assert said(plan(BEFORE + lax, BEFORE + lax.replace("quorum: 2", "quorum: 1")).control) == []


def test_a_new_type_is_shown_with_its_facts_and_does_not_count_as_weaker() -> None:
    lax = process("lax", "eve@example.net", "quorum: 1", ", selfApproval: true")
    assert said(plan(BEFORE, BEFORE + lax + type_("open", "lax")).control) == [
        "different open/1 approvers: +eve@example.net (external) [ApprovalType/open]",
        "different open/1 quorum: (none) -> 1 of 1 person [ApprovalType/open]",
        "different open/1 self-approval: (none) -> allowed [ApprovalType/open]",
    ]


def test_one_group_behind_two_types_shifts_both() -> None:
    both = BEFORE + type_("stop", "ask")
    after = both.replace("ida@example.com", "olu@example.com")
    assert [(each.type, each.gained, each.lost) for each in plan(both, after).control] == [
        ("run", ("olu@example.com (through desk)",), ("ida@example.com (through desk)",)),
        ("stop", ("olu@example.com (through desk)",), ("ida@example.com (through desk)",)),
    ]


ALL = BEFORE.replace("quorum: 2", "quorum: all")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (ALL, ALL.replace("quorum: all", "quorum: 3"), "weaker run/1 quorum: all of 3 people -> 3 of 3 people"),
        (ALL, ALL.replace("quorum: all", "quorum: 2"), "weaker run/1 quorum: all of 3 people -> 2 of 3 people"),
        (
            ALL.replace(", ida@example.com", ""),
            ALL.replace("quorum: all", "quorum: 3"),
            "weaker run/1 quorum: all of 2 people -> 3 of 3 people",
        ),
        (
            BEFORE.replace("quorum: 2", "quorum: 3"),
            ALL.replace(", ida@example.com", ""),
            "weaker run/1 quorum: 3 of 3 people -> all of 2 people",
        ),
        (BEFORE.replace("quorum: 2", "quorum: 3"), ALL, "stronger run/1 quorum: 3 of 3 people -> all of 3 people"),
    ],
)
def test_quorums_are_judged_by_how_many_people_are_needed(before: str, after: str, expected: str) -> None:
    assert f"{expected} [ApprovalProcess/ask]" in said(plan(before, after).control)


def test_who_leaves_an_approval_by_all_is_needed_no_more() -> None:
    assert said(plan(ALL, ALL.replace(", ida@example.com", "")).control) == [
        "weaker run/1 quorum: all of 3 people -> all of 2 people [Group/desk]",
        "availability run/1 approvers: -ida@example.com (through desk) [Group/desk]",
    ]


LOGIN = """\
kind: Credential
metadata: {name: login}
spec: {username: desk, password: {secret: relay-password}}
---
"""
SPARE = """\
kind: SmtpServer
metadata: {name: spare}
spec: {uri: "smtp://mail.example.net:587", from: desk@example.com, credential: login}
---
"""


def test_a_new_server_that_is_sent_a_known_secret_is_weaker() -> None:
    before = BEFORE.replace("from: desk@example.com", "from: desk@example.com, credential: login") + LOGIN
    found = plan(before, before + SPARE)
    assert said(found.control) == [
        "weaker host a secret is sent to: relay-password to mail.example.com -> "
        "relay-password to mail.example.com, mail.example.net [SmtpServer/spare]"
    ]
    assert found.guards[0].trouble == (
        "SmtpServer/spare would weaken control: relay-password would be sent to mail.example.net too, besides "
        "mail.example.com."
    )


def test_a_server_that_moves_with_its_secret_takes_it_from_the_old_host() -> None:
    before = BEFORE.replace("from: desk@example.com", "from: desk@example.com, credential: login") + LOGIN
    found = plan(before, before.replace("mail.example.com", "evil.example"))
    assert found.guards[0].trouble == (
        "SmtpServer/relay would weaken control: relay-password would be sent to evil.example instead of mail.example.com; "
        "run: mail to approvers would go through evil.example instead of mail.example.com."
    )


def test_a_guard_names_who_joins_and_leaves_and_not_everybody() -> None:
    found = plan(BEFORE, BEFORE.replace("ida@example.com", "eve@partner.example"))
    troubles = [guard.trouble for guard in found.guards]
    assert any("approvers: eve@partner.example (external" in each for each in troubles), troubles
    assert not any("tariq@example.com" in each or "rosa@example.com" in each for each in troubles)


def test_a_credential_that_swaps_secrets_is_what_is_named() -> None:
    second = LOGIN.replace("name: login", "name: second").replace("relay-password", "other-password")
    before = BEFORE + LOGIN + second + SPARE
    after = BEFORE + LOGIN.replace("relay-password", "other-password") + second + SPARE
    assert said(plan(before, after).control) == [
        "weaker host a secret is sent to: (none) -> other-password to mail.example.net [Credential/login]"
    ]


def test_a_domain_brought_by_the_same_change_does_not_make_a_stranger_internal() -> None:
    server = SPARE.replace("from: desk@example.com, credential: login", "from: desk@example.net")
    after = BEFORE.replace("ida@example.com", "ida@example.com, eve@example.net") + server
    assert said(plan(BEFORE, after).control) == [
        "weaker domains of the project: example.com -> example.com, example.net [SmtpServer/spare]",
        "weaker run/1 approvers: +eve@example.net (external, through desk) [Group/desk]",
    ]


LOCAL = RELAY.replace("mail.example.com:587", "127.0.0.1:25")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (RELAY, LOCAL, []),
        (LOCAL, RELAY, []),
        (LOCAL, RELAY.replace("desk@example.com}", "desk@example.com, tls: {mode: none}}"), ["TLS: this machine alone -> none"]),
        (LOCAL, RELAY.replace("desk@example.com}", "desk@example.com, tls: {verify: false}}"),
         ["certificate: verified -> not verified"]),
    ],
)  # fmt: skip
def test_mail_that_stays_on_this_machine_needs_no_tls(before: str, after: str, expected: list[str]) -> None:
    weaker = [line for line in said(plan(before, after).control) if line.startswith("weaker")]
    assert weaker == [f"weaker {each} [SmtpServer/relay]" for each in expected]


def travel(name: str, process: str = "ask") -> str:
    fields = "{city: {required: true}, cost: {type: number, required: true}}"
    spec = f"{{process: {process}, subject: 'to {{{{ fields.city }}}}', fields: {fields}}}"
    return f"kind: ApprovalType\nmetadata: {{name: {name}, title: Travel}}\nspec: {spec}\n---\n"


def test_another_name_for_a_type_does_not_hide_a_lower_quorum() -> None:
    lower = process("ask", "{group: desk}", "quorum: 1")
    made = plan(RELAY + DESK + ASK + travel("trip"), RELAY + DESK + lower + travel("journey"))
    assert said(made.control) == ["weaker journey/1 quorum: 2 of 3 people -> 1 of 3 people [ApprovalProcess/ask]"]
    assert [str(guard.address) for guard in made.guards if guard.blocks] == ["ApprovalProcess/ask"]


def test_another_name_for_a_type_does_not_hide_a_field_that_may_be_left_out() -> None:
    after = travel("journey").replace("cost: {type: number, required: true}", "cost: {type: number}")
    made = plan(RELAY + DESK + ASK + travel("trip"), RELAY + DESK + ASK + after)
    assert said(made.control) == [
        "weaker journey required field: cost: required -> cost: optional [ApprovalType/journey]"
    ]


def test_another_name_for_type_and_process_does_not_hide_self_approval() -> None:
    more = ", requireReason: false, requireComment: always, smtpServer: relay"
    before = process("ask", "{group: desk}", "quorum: 2", more)
    after = process("agree", "{group: desk}", "quorum: 2", f"{more}, selfApproval: true")
    made = plan(RELAY + DESK + before + travel("trip"), RELAY + DESK + after + travel("journey", "agree"))
    assert said(made.control)[0].startswith("weaker journey self-approval: refused -> allowed")


def test_another_name_for_a_server_does_not_hide_that_it_is_verified_no_more() -> None:
    mail = RELAY.replace("from: desk@example.com", "from: desk@example.com, helo: mail.example.com")
    after = mail.replace("name: relay", "name: hub").replace("helo:", "tls: {verify: false}, helo:")
    assert said(plan(mail, after).control) == ["weaker certificate: verified -> not verified [SmtpServer/hub]"]


def test_a_type_that_is_not_alike_is_new_and_the_other_gone() -> None:
    made = plan(RELAY + DESK + ASK + travel("trip"), RELAY + DESK + ASK + type_("run", "ask"))
    assert {each.split()[0] for each in said(made.control)} == {"different", "availability"}
