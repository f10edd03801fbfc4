"""Random everyday edits, planned and applied one after the other, what is blocked left out: none of them walks around.

However many plans pass unasked, nobody outside may decide, no mail to approvers goes through another host or a way that is
protected less, no task writes to a stranger, and no secret goes elsewhere.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.kinds.approval_process.spec import ApprovalProcessSpec
from reconciler.kinds.approval_type.spec import ApprovalTypeSpec
from reconciler.kinds.email_task.spec import EmailTaskSpec
from reconciler.kinds.mail.activities import way_of
from reconciler.kinds.project.spec import ProjectSpec
from reconciler.kinds.protocol.world import World
from reconciler.kinds.reading.decode import check, spec_data
from reconciler.kinds.registry import REGISTRY
from reconciler.kinds.smtp_server.route import route
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.plan import Facts, Plan
from reconciler.model.configuration.resource import Metadata, Resource
from reconciler.model.configuration.snapshot import Snapshot
from reconciler.model.diagnostic import has_errors
from reconciler.planning.graph.reference_graph import records
from reconciler.planning.plan import make_plan
from reconciler.planning.review.exposure_control import list_exposures
from tests.control.planned import NOW, State

Specs = dict[tuple[str, str], dict[str, Any]]

SERVER, TASK, PROCESS, TYPE, GROUP, LOGIN = (
    "SmtpServer",
    "EmailTask",
    "ApprovalProcess",
    "ApprovalType",
    "Group",
    "Credential",
)
HOSTS = ("mail.example.com", "MAIL.example.com.", "evil.example", "127.0.0.1", "mail.example.com.evil.example")
SENDERS = ("desk@example.com", "x@evil.example", "X <x@PARTNER.example>")
PEOPLE = (
    "rosa@example.com",
    "ida+a@EXAMPLE.com",
    "eve@evil.example",
    "Eve <eve+a@sub.example.com>",
    "bo@partner.example",
)
TLS: tuple[dict[str, Any], ...] = ({}, {"verify": False}, {"mode": "none"}, {"minVersion": "1.3"})
DOMAINS: tuple[list[str], ...] = ([], ["example.com"], ["example.com", "evil.example"], ["partner.example"])
SERVERS = ("relay", "hub", "spare")
NAMED = (None, *SERVERS)

START: Specs = {
    (SERVER, "relay"): {"uri": "smtp://mail.example.com", "from": "desk@example.com", "credential": "login"},
    (LOGIN, "login"): {"username": "desk", "password": {"secret": "relay-password"}},
    (GROUP, "desk"): {"members": ["rosa@example.com", {"group": "leads"}]},
    (GROUP, "leads"): {"members": ["ida@example.com"]},
    (TASK, "news"): {"to": [{"group": "leads"}], "subject": "S", "body": "B"},
    (TASK, "ask-one"): {"context": "approval"},
    (TASK, "ask-two"): {"context": "approval"},
    (PROCESS, "ask"): {"stages": [{"approvers": [{"group": "desk"}]}]},
    (PROCESS, "other"): {"stages": [{"approvers": [{"group": "desk"}]}]},
    (TYPE, "run"): {"process": "ask"},
    (ProjectSpec.KIND, "company"): {"defaults": {"smtpServer": "relay"}},
}


def decoded(specs: Specs, old_names: dict[str, str]) -> State:
    found = {}
    for (kind, name), spec in specs.items():
        metadata = Metadata(name, renamed_from=old_names.get(name, "") if kind == SERVER else "")
        address = Address(kind, name)
        found[address] = Resource(address, metadata, REGISTRY[kind].spec.model_validate(spec))
    return State(World(found), records([(each, spec_data(each)) for each in found.values()], REGISTRY, {}, {}))


@dataclass
class Walk:
    """What is applied. ``asked``: the plans that were blocked; ``passed``: those that were not."""

    specs: Specs = field(default_factory=lambda: deepcopy(START))
    guarded: bool = True
    asked: int = 0
    passed: int = 0

    def __post_init__(self) -> None:
        self.state = decoded(self.specs, {})

    def step(self, edits: Iterable[Callable[[Specs, dict[str, str]], None]]) -> None:
        """One plan of several edits at once, applied where nothing blocks it; faulty manifests are no plan."""
        specs, old_names = deepcopy(self.specs), dict[str, str]()
        for edit in edits:
            edit(specs, old_names)
        wanted = decoded(specs, old_names)
        if has_errors(check(wanted.world, REGISTRY)):
            return
        if any(guard.blocks for guard in self.plan(wanted).guards) and self.guarded:
            self.asked += 1
        else:
            self.passed += 1
            self.specs, self.state = specs, wanted

    def plan(self, wanted: State) -> Plan:
        snapshot = Snapshot("line-1", 1, self.state.records)
        return make_plan(wanted, snapshot, Facts(NOW), REGISTRY, stored=self.state.world)

    def broken(self) -> Iterator[str]:
        """What nobody allowed and is so all the same."""
        world = self.state.world
        process = world.get(ApprovalProcessSpec, world.spec(ApprovalTypeSpec, "run").process)
        assert process
        people = {member.mailbox.address for stage in process.spec.stages for member in world.people(stage.approvers)}
        yield from (f"{each} decides" for each in people if not each.endswith("@example.com"))
        way = way_of(process, world.get(EmailTaskSpec, process.spec.start_activity or ""), world, "start")
        assert way
        to = route(world.resources[way.server], world)
        if to.host != "mail.example.com" or not to.verify or to.tls == "none" or to.minimum_tls < "1.2":
            yield f"approvers are asked through {to}"
        exposed = list_exposures(world, REGISTRY)
        readers = {each.mailbox.address for each in world.people(exposed[Address(TASK, "news")].recipients)}
        yield from (f"news for {each}" for each in readers if not each.endswith("@example.com"))
        uses = {use for each in exposed.values() for use in each.secrets}
        yield from (f"{name} to {host}" for name, host in uses if (name, host) not in SECRET)


SECRET = {("relay-password", ""), ("relay-password", "mail.example.com")}

Edit = Callable[[Specs, dict[str, str]], None]


def setting(kind: str, name: str, key: str, value: Any) -> Edit:
    def edit(specs: Specs, _: dict[str, str]) -> None:
        if (kind, name) in specs:
            specs[kind, name][key] = deepcopy(value)

    return edit


def serving(name: str, host: str, sender: str, tls: dict[str, Any], login: str | None) -> Edit:
    """A server, new or changed."""

    def edit(specs: Specs, _: dict[str, str]) -> None:
        specs[SERVER, name] = {"uri": f"smtp://{host}", "from": sender, "tls": dict(tls), "credential": login}

    return edit


def removing(name: str) -> Edit:
    return lambda specs, _: specs.pop((SERVER, name), None) and None


def renaming(name: str, new: str, told: bool) -> Edit:
    """A server under another name, wherever it is named, with or without saying so."""

    def edit(specs: Specs, old_names: dict[str, str]) -> None:
        if (SERVER, name) not in specs or (SERVER, new) in specs:
            return
        specs[SERVER, new] = specs.pop((SERVER, name))
        for spec in (*specs.values(), specs[ProjectSpec.KIND, "company"].get("defaults", {})):
            if spec.get("smtpServer") == name:
                spec["smtpServer"] = new
        if told:
            old_names[new] = name

    return edit


def drawn(chosen: random.Random) -> Edit:
    """One edit, of the sort that somebody makes who has something in mind."""
    kind, one = chosen.randrange(10), chosen.choice
    name, named = one(SERVERS), one(NAMED)
    match kind:
        case 0 | 1:
            return serving(name, one(HOSTS), one(SENDERS), one(TLS), one((None, None, "login")))
        case 2:
            return one((removing(name), renaming(name, one(SERVERS), one((True, False)))))
        case 3:
            return setting(PROCESS, one(("ask", "other")), "smtpServer", named)
        case 4:
            return setting(PROCESS, one(("ask", "other")), "startActivity", one((None, "ask-one", "ask-two")))
        case 5:
            return setting(TASK, one(("news", "ask-one", "ask-two")), "smtpServer", named)
        case 6:
            return setting(TASK, "news", "bcc", [one(PEOPLE)])
        case 7:
            return setting(TYPE, "run", "process", one(("ask", "other")))
        case 8:
            return setting(GROUP, one(("leads", "desk")), "members", ["rosa@example.com", one(PEOPLE)])
    return setting(ProjectSpec.KIND, "company", *one((("domains", one(DOMAINS)), ("defaults", {"smtpServer": name}))))


def walked(seed: int, *, plans: int, guarded: bool = True) -> Walk:
    """A walk of so many plans of one to three edits each; looked at after each."""
    chosen, walk = random.Random(seed), Walk(guarded=guarded)
    for _ in range(plans):
        walk.step([drawn(chosen) for _ in range(chosen.choice((1, 1, 2, 3)))])
        if guarded:
            assert list(walk.broken()) == []
    return walk


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**32))
def test_no_plan_that_passes_unasked_lets_anybody_around(seed: int) -> None:
    walked(seed, plans=40)


def test_the_walk_goes_somewhere() -> None:
    """Plans pass and plans are blocked; were nothing blocked, the very same edits would break what is looked at."""
    walk, free = walked(1, plans=60), walked(1, plans=60, guarded=False)
    assert walk.passed >= 10
    assert walk.asked >= 10
    assert list(free.broken())
