"""Mail of what was applied that takes another way: through a host no such mail went through, or a way protected less."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.kinds.project.spec import ProjectSpec
from reconciler.kinds.registry import REGISTRY
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.plan import Facts, Plan
from reconciler.model.configuration.resource import Metadata, Record, Resource
from reconciler.model.configuration.snapshot import Snapshot
from reconciler.planning.plan import make_plan
from tests.control.planned import NOW, State, plan, said, state


def server(name: str, host: str, more: str = "") -> str:
    spec = f'{{uri: "smtp://{host}", from: desk@example.com{more}}}'
    return f"kind: SmtpServer\nmetadata: {{name: {name}}}\nspec: {spec}\n---\n"


def task(name: str, more: str = "", *, to: str = "rosa@example.com") -> str:
    spec = f'{{to: [{to}], subject: S, body: "B\\n"{more}}}'
    return f"kind: EmailTask\nmetadata: {{name: {name}}}\nspec: {spec}\n---\n"


def words(name: str, more: str = "") -> str:
    return f"kind: EmailTask\nmetadata: {{name: {name}}}\nspec: {{context: approval{more}}}\n---\n"


def process(name: str, more: str = "", approvers: str = "rosa@example.com, tariq@example.com") -> str:
    spec = f"{{stages: [{{approvers: [{approvers}]}}]{more}}}"
    return f"kind: ApprovalProcess\nmetadata: {{name: {name}}}\nspec: {spec}\n---\n"


def type_(name: str, process: str, more: str = "") -> str:
    return f"kind: ApprovalType\nmetadata: {{name: {name}}}\nspec: {{process: {process}{more}}}\n---\n"


RELAY, EVIL = server("relay", "mail.example.com"), server("evil", "evil.example")
NAMED = ", smtpServer: relay"
TELL = ", startActivity: ask-mail, completedActivity: tell"
BEFORE = (
    RELAY
    + task("notice", NAMED)
    + words("ask-mail", NAMED)
    + words("tell", NAMED)
    + process("ask", TELL + NAMED)
    + type_("run", "ask")
)
BY_TASKS = BEFORE.replace(TELL + NAMED, TELL)
"""The process names no server, so its activities do."""

ALONE = RELAY + task("notice") + process("ask") + type_("run", "ask")
"""Nobody names a server, for there is only one."""

LAX = server("lax", "mail.example.com", ", tls: {verify: false}")
TO_EVIL = (TELL + NAMED, TELL + ", smtpServer: evil")
GONE = "mail.example.com -> evil.example"


def edited(text: str, *edits: tuple[str, str]) -> str:
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new)
    return text


WAYS: dict[str, tuple[str, str, list[str]]] = {
    "the server's host": (
        BEFORE,
        edited(BEFORE, ("mail.example.com", "evil.example")),
        [
            f"weaker mail server host: {GONE} [SmtpServer/relay]",
            f"weaker run approval mail host: {GONE} [SmtpServer/relay]",
        ],
    ),
    "the server's host, with a new name": (
        BEFORE,
        edited(BEFORE, ("mail.example.com", "evil.example"), ("{name: relay}", "{name: hub, renamedFrom: relay}"),
               ("smtpServer: relay", "smtpServer: hub")),
        [
            f"weaker mail server host: {GONE} [SmtpServer/hub]",
            f"weaker run approval mail host: {GONE} [SmtpServer/hub]",
        ],
    ),
    "a task's server": (
        BEFORE, edited(BEFORE + EVIL, ('B\\n", smtpServer: relay', 'B\\n", smtpServer: evil')),
        [f"weaker mail server host: {GONE} [EmailTask/notice]"],
    ),
    "a task's server, the server already there": (
        BEFORE + EVIL, edited(BEFORE + EVIL, ('B\\n", smtpServer: relay', 'B\\n", smtpServer: evil')),
        [f"weaker mail server host: {GONE} [EmailTask/notice]"],
    ),
    "a process's server, the server already there": (
        BEFORE + EVIL, edited(BEFORE + EVIL, TO_EVIL),
        [f"weaker run approval mail host: {GONE} [ApprovalProcess/ask]"],
    ),
    "a process's server, where mail of tasks goes already": (
        BEFORE + EVIL + task("news", ", smtpServer: evil"),
        edited(BEFORE + EVIL + task("news", ", smtpServer: evil"), TO_EVIL),
        [f"weaker run approval mail host: {GONE} [ApprovalProcess/ask]"],
    ),
    "a process's server, where mail of a process without a type would go": (
        BEFORE + EVIL + process("idle", ", smtpServer: evil"),
        edited(BEFORE + EVIL + process("idle", ", smtpServer: evil"), TO_EVIL),
        [f"weaker run approval mail host: {GONE} [ApprovalProcess/ask]"],
    ),
    "a task's server, where mail of a process without a type would go": (
        BEFORE + EVIL + process("idle", ", smtpServer: evil"),
        edited(BEFORE + EVIL + process("idle", ", smtpServer: evil"), ('B\\n", smtpServer: relay', 'B\\n", smtpServer: evil')),
        [f"weaker mail server host: {GONE} [EmailTask/notice]"],
    ),
    "a type's process, which is there already": (
        BEFORE + EVIL + process("idle", ", smtpServer: evil"),
        edited(BEFORE + EVIL + process("idle", ", smtpServer: evil"), ("{process: ask}", "{process: idle}")),
        [f"weaker run approval mail host: {GONE} [ApprovalType/run]"],
    ),
    "a process in place of another": (
        BEFORE, edited(BEFORE + EVIL, ("{name: ask}", "{name: other}"), ("{process: ask}", "{process: other}"),
                       (TELL + NAMED, ", requireReason: true, smtpServer: evil")),
        [f"weaker run approval mail host: {GONE} [ApprovalType/run]"],
    ),
    "the server of the asking activity": (
        BY_TASKS, edited(BY_TASKS + EVIL, ("{name: ask-mail}\nspec: {context: approval, smtpServer: relay",
                                           "{name: ask-mail}\nspec: {context: approval, smtpServer: evil")),
        [f"weaker run approval mail host: {GONE} [EmailTask/ask-mail]"],
    ),
    "another asking activity": (
        BY_TASKS + EVIL + words("lure", ", smtpServer: evil"),
        edited(BY_TASKS + EVIL + words("lure", ", smtpServer: evil"), ("startActivity: ask-mail", "startActivity: lure")),
        [f"weaker run approval mail host: {GONE} [ApprovalProcess/ask]"],
    ),
    "the server of the telling activity": (
        BY_TASKS, edited(BY_TASKS + EVIL, ("{name: tell}\nspec: {context: approval, smtpServer: relay",
                                           "{name: tell}\nspec: {context: approval, smtpServer: evil")),
        [f"weaker mail server host: {GONE} [EmailTask/tell]"],
    ),
    "the process names no server any more": (
        edited(BEFORE + EVIL, ("context: approval, smtpServer: relay", "context: approval, smtpServer: evil")),
        edited(BY_TASKS + EVIL, ("context: approval, smtpServer: relay", "context: approval, smtpServer: evil")),
        [f"weaker run approval mail host: {GONE} [ApprovalProcess/ask]"],
    ),
    "the only server is another": (
        ALONE, edited(ALONE, (RELAY, EVIL.replace("desk@", "other@"))),
        [
            f"weaker mail server host: {GONE} [SmtpServer/evil]",
            f"weaker run approval mail host: {GONE} [SmtpServer/evil]",
        ],
    ),
    "the first of two servers goes": (
        BEFORE + EVIL, edited(ALONE + EVIL + words("ask-mail") + words("tell"), (RELAY, "")),
        [
            f"weaker mail server host: {GONE} [EmailTask/notice]",
            f"weaker run approval mail host: {GONE} [ApprovalProcess/ask]",
        ],
    ),
    "a task under another name": (
        BEFORE, edited(BEFORE + EVIL, (task("notice", NAMED), task("notes", ", smtpServer: evil")),
                       ("{name: notes}", "{name: notes, renamedFrom: notice}")),
        [f"weaker mail server host: {GONE} [EmailTask/notes]"],
    ),
    "a type under another name": (
        BEFORE, edited(BEFORE + EVIL, ("{name: run}", "{name: start, renamedFrom: run}"), TO_EVIL),
        [f"weaker start approval mail host: {GONE} [ApprovalProcess/ask]"],
    ),
    "this machine": (
        RELAY + task("notice"), server("relay", "127.0.0.1") + task("notice"),
        ["weaker mail server host: mail.example.com -> this machine [SmtpServer/relay]"],
    ),
    "a subdomain of the host": (
        RELAY + task("notice"), server("relay", "a.mail.example.com") + task("notice"),
        ["weaker mail server host: mail.example.com -> a.mail.example.com [SmtpServer/relay]"],
    ),
    "the host of which a name was applied as an address": (
        server("relay", "[2001:db8::1]") + task("notice"), server("relay", "192.0.2.1") + task("notice"),
        ["weaker mail server host: 2001:db8::1 -> 192.0.2.1 [SmtpServer/relay]"],
    ),
    "mail that goes through two hosts trades them": (
        BEFORE + EVIL + task("news", ", smtpServer: evil"),
        edited(BEFORE + EVIL + task("news", ", smtpServer: evil"), ('B\\n", smtpServer: relay', 'B\\n", smtpServer: evil')),
        [f"different mail server host: {GONE} [EmailTask/notice]"],
    ),
    "approvals go where other approvals go": (
        BEFORE + EVIL + process("two", ", smtpServer: evil") + type_("second", "two"),
        edited(BEFORE + EVIL + process("two", ", smtpServer: evil") + type_("second", "two"), TO_EVIL),
        [f"different run approval mail host: {GONE} [ApprovalProcess/ask]"],
    ),
    "a server nothing uses": (
        BEFORE + EVIL, edited(BEFORE + EVIL, ("evil.example", "evil.example.net")),
        ["different mail server host: evil.example -> evil.example.net [SmtpServer/evil]"],
    ),
    "a new type asks through a new host": (
        BEFORE, BEFORE + EVIL + process("two", ", smtpServer: evil") + type_("second", "two", ", fields: {a: {}}"),
        [
            "different second approval mail host: (none) -> evil.example [ApprovalType/second]",
            "different second/1 approvers: +rosa@example.com +tariq@example.com [ApprovalType/second]",
            "different second/1 quorum: (none) -> 1 of 2 people [ApprovalType/second]",
        ],
    ),
    "a way through the same host that is not verified": (
        BEFORE, edited(BEFORE + LAX, ("smtpServer: relay", "smtpServer: lax")),
        [
            "weaker certificate: verified -> not verified [ApprovalProcess/ask]",
            "weaker certificate: verified -> not verified [EmailTask/notice]",
        ],
    ),
    "a way that is not verified, the server already there": (
        BEFORE + server("lax", "mail.example.com", ", tls: {mode: none}"),
        edited(BEFORE + server("lax", "mail.example.com", ", tls: {mode: none}"), ("smtpServer: relay", "smtpServer: lax")),
        ["weaker TLS: starttls -> none [ApprovalProcess/ask]", "weaker TLS: starttls -> none [EmailTask/notice]"],
    ),
}  # fmt: skip

SAME_WAY: dict[str, tuple[str, str]] = {
    "another port": (BEFORE, edited(BEFORE, ("mail.example.com", "mail.example.com:2525"))),
    "another case, a dot at the end": (BEFORE, edited(BEFORE, ("smtp://mail.example.com", "SMTP://MAIL.Example.com.:25"))),
    "the older spelling of the port": (BEFORE, edited(BEFORE, ("mail.example.com", "mail.example.com;587"))),
    "a name of this machine": (
        server("relay", "localhost") + task("notice"), server("relay", "[::1]:2525") + task("notice"),
    ),
    "one spelling of an address": (
        server("relay", "[2001:db8::1]") + task("notice"), server("relay", "[2001:DB8:0::0:1]") + task("notice"),
    ),
    "letters and their A-label": (
        server("relay", "mail.bücher.example") + task("notice"), server("relay", "mail.XN--bcher-kva.example") + task("notice"),
    ),
    "a new name": (
        BEFORE, edited(BEFORE, ("{name: relay}", "{name: hub, renamedFrom: relay}"), ("smtpServer: relay", "smtpServer: hub")),
    ),
    "a new name that nobody calls a rename": (
        BEFORE, edited(BEFORE, ("{name: relay}", "{name: hub}"), ("smtpServer: relay", "smtpServer: hub")),
    ),
    "another server at the same host": (
        BEFORE, edited(BEFORE + server("second", "mail.example.com"), (TELL + NAMED, TELL + ", smtpServer: second")),
    ),
    "a server more": (BEFORE, BEFORE + EVIL),
    "a new task through a new host": (BEFORE, BEFORE + EVIL + task("news", ", smtpServer: evil")),
    "a task goes": (BEFORE, edited(BEFORE, (task("notice", NAMED), ""))),
    "a task's server is named": (RELAY + task("notice"), RELAY + task("notice", NAMED)),
    "everything from nothing": ("", BEFORE + EVIL),
}  # fmt: skip


@pytest.mark.parametrize("name", WAYS)
def test_another_way(name: str) -> None:
    before, after, expected = WAYS[name]
    assert [each for each in said(plan(before, after).control) if not each.startswith("availability")] == expected


@pytest.mark.parametrize("name", SAME_WAY)
def test_the_same_way(name: str) -> None:
    before, after = SAME_WAY[name]
    found = plan(before, after)
    assert [each for each in said(found.control) if "host" in each or each.startswith("weaker")] == []


def test_smtps_is_the_same_host_and_a_stronger_way() -> None:
    found = plan(BEFORE, BEFORE.replace("smtp://", "smtps://"))
    assert said(found.control) == ["stronger TLS: starttls -> implicit [SmtpServer/relay]"]
    back = plan(BEFORE.replace("smtp://", "smtps://"), BEFORE)
    assert said(back.control) == ["weaker TLS: implicit -> starttls [SmtpServer/relay]"]


@pytest.mark.parametrize(
    ("name", "trouble"),
    [
        (
            "the server's host",
            "SmtpServer/relay would weaken control: mail of 1 task and 1 process would go through evil.example instead of "
            "mail.example.com; run: mail to approvers would go through evil.example instead of mail.example.com.",
        ),
        (
            "a task's server",
            "EmailTask/notice would weaken control: its mail would go through evil.example instead of mail.example.com.",
        ),
        (
            "a process's server, the server already there",
            "ApprovalProcess/ask would weaken control: run: mail to approvers would go through evil.example instead of "
            "mail.example.com.",
        ),
    ],
)
def test_the_guard_says_whose_mail_goes_where(name: str, trouble: str) -> None:
    before, after, _ = WAYS[name]
    (guard,) = plan(before, after).guards
    assert (str(guard.id), guard.trouble, guard.blocks) == ("weakening", trouble, True)
    assert guard.numbers == {"facts": len(trouble.split("; "))}


def with_project(found: State, spec: dict[str, Any] | None) -> State:
    """The state with a project's settings in it."""
    if spec is None:
        return found
    address = Address("Project", "company")
    project = Resource(address, Metadata("company"), ProjectSpec.model_validate(spec))
    record = Record(address, "default", 1, {"name": "company"}, spec)
    return replace(
        found,
        world=type(found.world)({**found.world.resources, address: project}),
        records={**found.records, address: record},
    )


def planned(before: str, after: str, was: dict[str, Any] | None, will: dict[str, Any] | None) -> Plan:
    stored, desired = with_project(state(before), was), with_project(state(after), will)
    return make_plan(desired, Snapshot("line-1", 1, stored.records), Facts(NOW), REGISTRY, stored=stored.world)


def default(name: str) -> dict[str, Any]:
    return {"defaults": {"smtpServer": name}}


BOTH = ALONE + EVIL


@pytest.mark.parametrize(
    ("before", "after", "was", "will", "because"),
    [
        (BOTH, BOTH, default("relay"), default("evil"), "Project/company"),
        (ALONE, BOTH, None, default("evil"), "Project/company"),
        (ALONE, BOTH, default("relay"), default("evil"), "Project/company"),
        (BOTH, edited(BOTH, (RELAY, "")), default("relay"), None, "Project/company"),
    ],
)
def test_the_projects_server_is_another(
    before: str, after: str, was: dict[str, Any] | None, will: dict[str, Any] | None, because: str
) -> None:
    found = planned(before, after, was, will)
    assert said(found.control) == [
        f"weaker mail server host: {GONE} [{because}]",
        f"weaker run approval mail host: {GONE} [{because}]",
    ]
    assert [str(each) for each in (*found.impact.tasks, *found.impact.processes)] == [
        "EmailTask/notice",
        "ApprovalProcess/ask",
    ]


def test_the_project_names_the_only_server() -> None:
    assert said(planned(ALONE, ALONE, None, default("relay")).control) == []


def test_what_a_server_of_this_machine_says_of_its_certificate_vouches_for_none() -> None:
    local = server("relay", "127.0.0.1", ", tls: {mode: starttls, verify: false}") + task("notice")
    away = server("relay", "mail.example.com", ", tls: {verify: false}") + task("notice")
    found = said(plan(server("relay", "127.0.0.1") + task("notice"), local).control)
    assert found == []
    assert "weaker certificate: verified -> not verified [SmtpServer/relay]" in said(plan(local, away).control)
