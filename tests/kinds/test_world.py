"""What is told, and what is not told twice, about resources that need each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reconciler.kinds.group.spec import GroupSpec
from reconciler.kinds.protocol.world import World
from reconciler.kinds.reading.decode import check, world_of
from reconciler.kinds.registry import REGISTRY
from reconciler.kinds.smtp_server.spec import SmtpServerSpec
from reconciler.model.approvals.person import expand
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.resource import Record
from reconciler.model.errors import StateFault
from reconciler.model.mail.mailbox import GroupReference, Mailbox, Recipient

Read = Callable[..., Any]

SMALLEST = """
    apiVersion: reconciler/v1
    kind: SmtpServer
    metadata: {name: relay}
    spec: {uri: smtp://mail.example.com, from: desk@example.com}
    ---
    apiVersion: reconciler/v1
    kind: ApprovalProcess
    metadata: {name: manual-email}
    spec: {stages: [{approvers: [rosa@example.com, tariq@example.com]}]}
    ---
    apiVersion: reconciler/v1
    kind: ApprovalType
    metadata: {name: run-application}
    spec: {process: manual-email}
"""

GROUP = """
    apiVersion: reconciler/v1
    kind: Group
    metadata: {{name: {name}}}
    spec: {{members: [{members}]}}
"""


def test_smallest_useful_set_has_no_fault(read: Read) -> None:
    world, diagnostics = read(SMALLEST)
    assert diagnostics == []
    assert [str(address) for address in sorted(world.resources)] == [
        "ApprovalProcess/manual-email",
        "ApprovalType/run-application",
        "SmtpServer/relay",
    ]


def test_cycle_over_files_names_every_file(read: Read) -> None:
    first = GROUP.format(name="a", members="{group: b}")
    second = GROUP.format(name="b", members="{group: a}")
    _, diagnostics = read(first, second)
    (cycle,) = diagnostics
    assert "m1.yaml" in cycle.detail
    assert "m2.yaml" in cycle.detail


def test_address_in_two_files_names_both_places(read: Read) -> None:
    group = GROUP.format(name="a", members="rosa@example.com")
    _, (twice,) = read(group, group)
    assert twice.place.file == "m2.yaml"
    assert "m1.yaml:4:18" in twice.detail


def test_nothing_follows_from_a_resource_with_faults_of_its_own(read: Read) -> None:
    broken = SMALLEST.replace("smtp://mail.example.com", "mail.example.com").replace(
        "tariq@example.com", "{group: desk}"
    )
    _, diagnostics = read(broken, GROUP.format(name="desk", members="nobody"))
    assert [(each.address, each.summary) for each in diagnostics] == [
        (Address("SmtpServer", "relay"), "Invalid server URI"),
        (Address("Group", "desk"), "Malformed address"),
    ]


def test_known_addresses_are_no_unknown_references(read: Read) -> None:
    world, diagnostics = read(SMALLEST.replace("process: manual-email", "process: other"))
    assert [each.summary for each in diagnostics] == ["Unknown reference"]
    assert check(world, REGISTRY, known=[Address("ApprovalProcess", "other")]) == []


def test_document_of_nothing_is_nothing(read: Read) -> None:
    world, diagnostics = read("---\n---\n# a comment\n")
    assert (dict(world.resources), diagnostics) == ({}, [])


@pytest.mark.parametrize(("kind", "version"), [("Group", 2), ("Report", 1)])
def test_state_of_a_newer_version_is_refused(kind: str, version: int) -> None:
    record = Record(Address(kind, "x"), "default", version, {"name": "x"}, {})
    with pytest.raises(StateFault) as caught:
        world_of([record], REGISTRY)
    assert caught.value.summary == "The state is of a newer version"
    assert f"{kind}/x" in caught.value.detail


@pytest.mark.parametrize(
    ("metadata", "spec"), [({"name": "x"}, {"members": 3}), ({"nom": "x"}, {"members": ["a@example.com"]})]
)
def test_damaged_state_is_told_without_a_traceback(metadata: dict[str, str], spec: dict[str, object]) -> None:
    with pytest.raises(StateFault, match="damaged"):
        world_of([Record(Address("Group", "x"), "default", 1, metadata, spec)], REGISTRY)


def test_older_spec_is_lifted_step_by_step() -> None:
    class Second(type(REGISTRY["Group"])):  # type: ignore[misc]
        schema_version = 3
        upgrades = (
            lambda spec: {"people": spec["addresses"]},
            lambda spec: {"members": spec["people"]},
        )

    registry = {"Group": Second()}
    stored = [
        Record(Address("Group", "a"), "default", 1, {"name": "a"}, {"addresses": ["a@example.com"]}),
        Record(Address("Group", "b"), "default", 2, {"name": "b"}, {"people": ["b@example.com"]}),
        Record(Address("Group", "c"), "default", 3, {"name": "c"}, {"members": ["c@example.com"]}),
    ]
    world = world_of(stored, registry)
    assert [str(world.groups[name][0]) for name in "abc"] == ["a@example.com", "b@example.com", "c@example.com"]


def test_registry_names_each_kind_as_it_names_itself() -> None:
    for name, kind in REGISTRY.items():
        assert kind.name == name
        assert len(kind.upgrades) == kind.schema_version - 1
        assert kind.manual.startswith(f"{name}: ")
        assert "apiVersion: reconciler/v1" in kind.manual


def test_every_example_of_a_manual_decodes(read: Read) -> None:
    for kind in (each for name, each in REGISTRY.items() if name != "Project"):
        _, _, rest = kind.manual.partition("\n\n")
        examples = [line[4:] for line in _indented(rest)]
        text = "\n".join(examples).replace("apiVersion", "---\napiVersion")
        _, diagnostics = read(text)
        kept = [each for each in diagnostics if each.summary not in ("Unknown reference", "No mail server")]
        assert kept == []


def _indented(text: str) -> list[str]:
    lines = []
    for line in text.splitlines():
        if line and not line.startswith("    "):
            break
        lines.append(line)
    return lines


def test_world_knows_when_it_is_not_whole() -> None:
    world = World({}, [Address("SmtpServer", "relay")])
    assert not world.complete(SmtpServerSpec)
    assert world.complete(GroupSpec)


def test_groups_nest_as_deep_as_they_like() -> None:
    deep = 3_000
    groups: dict[str, list[Recipient]] = {f"g{at}": [GroupReference(f"g{at + 1}")] for at in range(deep)}
    groups[f"g{deep}"] = [Mailbox("ada@example.com")]
    [member] = expand([GroupReference("g0")], groups)
    assert (member.key, member.via) == ("ada@example.com", ("g0",))
    assert member.through == "g0 > … > g3000"


@pytest.mark.parametrize(
    ("groups", "through"),
    [
        ({"all": ["ada"]}, "all"),
        ({"all": ["leads"], "leads": ["ada"]}, "all > leads"),
        ({"all": ["ada", "leads"], "leads": ["ada"]}, "all and all > leads"),
        ({"all": ["a", "b"], "a": ["leads"], "b": ["leads"], "leads": ["ada"]}, "all > a > leads"),
        ({"all": ["a"], "a": ["all", "ada"]}, "all > a"),
        ({"all": ["a"], "a": ["b"], "b": ["c"], "c": ["ada"]}, "all > a > b > c"),
        ({"all": ["a"], "a": ["b"], "b": ["c"], "c": ["d"], "d": ["ada"]}, "all > … > d"),
    ],
)
def test_a_person_is_told_with_the_groups_that_lead_to_them(groups: dict[str, list[str]], through: str) -> None:
    members: dict[str, list[Recipient]] = {
        name: [GroupReference(each) if each in groups else Mailbox(f"{each}@example.com") for each in named]
        for name, named in groups.items()
    }
    [member] = expand([GroupReference("all")], members)
    assert member.through == through
    assert member.via == ("all",)


@pytest.mark.parametrize("name", ["alpha", "beta", "gamma"])
@pytest.mark.parametrize("there", [True, False])
def test_a_world_with_one_resource_otherwise_is_the_world_of_those_resources(
    read: Read, name: str, there: bool
) -> None:
    text = "apiVersion: reconciler/v1\nkind: Group\nmetadata: {name: NAME}\nspec: {members: [ann@example.com]}\n---\n"
    world, _ = read(text.replace("NAME", "alpha") + text.replace("NAME", "gamma"))
    other, _ = read(text.replace("NAME", name).replace("ann@", "zoe@"))
    [(address, resource)] = other.resources.items()
    made = world.with_one(address, resource if there else None)
    others = {each: found for each, found in world.resources.items() if each != address}
    fresh = World({**others, **(other.resources if there else {})})
    assert made.resources == fresh.resources
    assert made.of(GroupSpec) == fresh.of(GroupSpec)
    assert made.groups == fresh.groups
    assert world.of(GroupSpec) == World(world.resources).of(GroupSpec), "the world it was made from is as it was"
