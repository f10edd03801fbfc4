from __future__ import annotations

import gc
import math
import random
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.kinds.protocol.world import World
from reconciler.model.configuration.change import Action, AskApprovers, LastUse
from reconciler.model.configuration.plan import Facts, Plan
from reconciler.model.configuration.resource import Metadata, Record, Resource
from reconciler.planning.graph.reference_graph import link_records
from reconciler.planning.plan import explain_change, make_plan
from tests.planning.samples import KINDS, State, address, part, state

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def planned(desired: State, stored: State, *, environment: str | None = None, **snapshot: Any) -> Plan:
    facts = Facts(NOW, environment)
    return make_plan(desired, stored.snapshot(**snapshot), facts, KINDS, stored=stored.world)


def said(plan: Plan) -> list[str]:
    return [f"{change.action} {change.address.name}: {change.reason}" for change in plan.changes]


def test_a_deletion_says_when_its_resource_was_last_used() -> None:
    stored = state(part("busy"), part("idle"), part("untold"))
    facts = Facts(NOW, last_uses={address("busy"): NOW, address("idle"): None})
    plan = make_plan(state(), stored.snapshot(), facts, KINDS, stored=stored.world)
    told = {change.address.name: change.last_use for change in plan.changes}
    assert told == {"busy": LastUse(NOW), "idle": LastUse(None), "untold": None}
    assert plan.digest == planned(state(), stored).digest


def test_each_address_gets_its_action_and_a_reason() -> None:
    stored = state(part("gone"), part("same"), part("other", weight=1))
    desired = state(part("same"), part("other", weight=2), part("fresh"))
    plan = planned(desired, stored)
    assert said(plan) == [
        "create fresh: new",
        "update other: spec changed: weight",
        "delete gone: no manifest names it any more",
    ]
    assert plan.summary == {"create": 1, "update": 1, "delete": 1, "move": 0, "unchanged": 1}


def test_a_plan_carries_lineage_serial_and_environment() -> None:
    plan = planned(state(part("a")), state(), serial=7, lineage="line-9", environment="staging")
    assert (plan.lineage, plan.serial, plan.environment) == ("line-9", 7, "staging")


def test_an_update_has_records_and_fields() -> None:
    stored, desired = state(part("a", title="Old", uses=["b"]), part("b")), state(part("a", title="New"), part("b"))
    (change,) = planned(desired, stored).changes
    assert (change.before, change.after) == (stored.records[address("a")], desired.records[address("a")])
    assert [field.path for field in change.fields] == ["/metadata/title", "/spec/uses"]
    assert change.reason == "spec changed: uses; metadata changed: title"


def test_a_changed_template_is_the_reason() -> None:
    stored = state(part("a"), templates={"a": {"approvals/ask.html.j2": "11"}})
    desired = state(part("a"), templates={"a": {"approvals/ask.html.j2": "22"}})
    assert said(planned(desired, stored)) == ["update a: template changed: approvals/ask.html.j2"]


def test_a_template_exchanged_for_another_is_the_reason() -> None:
    stored, desired = (state(part("a"), templates={"a": {name: "11"}}) for name in ("old.txt.j2", "new.txt.j2"))
    assert said(planned(desired, stored)) == ["update a: template changed: new.txt.j2, old.txt.j2"]


def test_a_map_turned_around_is_a_change_where_its_order_counts() -> None:
    one, other = ({"a": {}, "b": {}}, {"b": {}, "a": {}})
    stored, desired = state(part("a", labels=one)), state(part("a", labels=other))
    plan = planned(desired, stored)
    assert said(plan) == ["update a: spec changed: labels"]
    assert plan.digest not in (planned(stored, stored).digest, planned(stored, desired).digest)


def test_effects_come_from_the_kind() -> None:
    (red, _) = planned(state(part("red", colour="red"), part("tame")), state()).changes
    assert red.effects == (AskApprovers("Part/red"),)


def test_a_deleted_resource_has_the_effects_of_what_it_was() -> None:
    (change,) = planned(state(), state(part("red", colour="red"))).changes
    assert change.effects == (AskApprovers("Part/red"),)


def test_a_new_owner_is_an_update() -> None:
    plan = planned(state(part("a", owner="default")), state(part("a", owner="mail")))
    assert said(plan) == ["update a: owner changed: mail to default"]


def test_what_another_owner_governs_is_not_deleted() -> None:
    plan = planned(state(), state(part("a", owner="mail")))
    assert plan.empty
    assert plan.unchanged == 1


def test_a_new_resource_states_what_differs_from_defaults() -> None:
    layers = [{"name": "top", "holds": ["x"], "strict": False}]
    limits = {"size": 9}
    labels = {"a": {"b": 1, "c": None, "d": False}}
    spec = part("a", weight=2, colour="grey", open=False, limits=limits, layers=layers, labels=labels)
    (change,) = planned(state(spec), state()).changes
    assert change.stated == {
        "/spec/weight": 2,
        "/spec/limits/size": 9,
        "/spec/layers/0/name": "top",
        "/spec/layers/0/holds": ["x"],
        "/spec/layers/0/strict": False,
        "/spec/labels/a/b": 1,
        "/spec/open": False,
    }


def test_a_new_resource_states_its_metadata_first() -> None:
    said_of_it = Metadata("a", "A part", "Of a whole.", {"team": "desk", "empty": ""}, protected=True)
    (change,) = planned(state(replace(part("a", weight=2), metadata=said_of_it)), state()).changes
    assert list(change.stated.items()) == [
        ("/metadata/title", "A part"),
        ("/metadata/description", "Of a whole."),
        ("/metadata/labels/empty", ""),
        ("/metadata/labels/team", "desk"),
        ("/metadata/protected", True),
        ("/spec/weight", 2),
    ]


def test_records_hold_hashes_schema_version_and_sorted_sets() -> None:
    record = state(part("a", uses=["c", "b"]), templates={"a": {"z": "1", "y": "2"}}).records[address("a")]
    assert isinstance(record, Record)
    assert (record.schema_version, record.spec["uses"], list(record.templates)) == (3, ["b", "c"], ["y", "z"])
    assert record.source == "(Part/a in stored state):1"


def test_the_graph_leaves_out_what_does_not_exist() -> None:
    world = state(part("a", uses=["b", "nowhere"]), part("b")).world
    assert link_records(world, KINDS) == {address("a"): (address("b"),), address("b"): ()}


@pytest.mark.parametrize("owner", ["default", "mail"])
def test_a_reason_names_each_field_once(owner: str) -> None:
    before, after = state(part("a", owner="default")).records[address("a")], state(part("a")).records[address("a")]
    before = replace(before, owner=owner)
    assert explain_change(before, after, ()) == ("" if owner == "default" else "owner changed: mail to default")


# What always holds

NAMES = "abcdefg"


@st.composite
def states(draw: st.DrawFn) -> State:
    """Parts that use only parts with an earlier name: no cycle."""
    names = draw(st.sets(st.sampled_from(NAMES)))
    return state(*(draw(parts(name, sorted(other for other in names if other < name))) for name in sorted(names)))


@st.composite
def parts(draw: st.DrawFn, name: str, others: list[str]) -> Resource:
    uses = draw(st.lists(st.sampled_from(others), max_size=2, unique=True)) if others else []
    return part(name, weight=draw(st.integers(1, 2)), colour=draw(st.sampled_from(["red", "grey"])), uses=uses)


@settings(max_examples=60)
@given(desired=states(), stored=states())
def test_a_plan_against_its_own_result_is_empty(desired: State, stored: State) -> None:
    plan = planned(desired, stored)
    result = {**stored.records}
    for change in plan.changes:
        if change.after is None:
            del result[change.address]
        else:
            result[change.address] = change.after
    assert planned(desired, State(desired.world, result)).empty


@settings(max_examples=60)
@given(desired=states(), stored=states(), seed=st.randoms(use_true_random=False))
def test_the_order_of_resources_is_irrelevant(desired: State, stored: State, seed: random.Random) -> None:
    resources, records = list(desired.world.resources.items()), list(desired.records.items())
    seed.shuffle(resources)
    seed.shuffle(records)
    shuffled = State(World(dict(resources)), dict(records))
    back = State(World(dict(reversed(stored.world.resources.items()))), dict(reversed(stored.records.items())))
    assert planned(shuffled, back) == planned(desired, stored)


@settings(max_examples=60)
@given(desired=states(), stored=states(), name=st.sampled_from(NAMES), weight=st.integers(5, 9))
def test_the_digest_follows_what_the_changes_reach_and_nothing_else(
    desired: State, stored: State, name: str, weight: int
) -> None:
    """One resource is changed alike on both sides, as an apply of somebody else would: does the review still stand?"""
    plan = planned(desired, stored)
    here, there = desired.world.resources.get(address(name)), stored.world.resources.get(address(name))
    if here is None or there is None or here.spec != there.spec:
        return
    again = planned(heavier(desired, name, weight), heavier(stored, name, weight))
    reached = _reached(plan, desired) | _reached(plan, stored)
    assert (again.digest != plan.digest) is (address(name) in reached)


def heavier(given: State, name: str, weight: int) -> State:
    resources = given.world.resources.values()
    return state(*(part(r.address.name, **{**r.spec.model_dump(), **_weight(r, name, weight)}) for r in resources))


def _weight(resource: Resource, name: str, weight: int) -> dict[str, Any]:
    return {"weight": weight} if resource.address.name == name else {}


def _reached(plan: Plan, given: State) -> set[Any]:
    needs = link_records(given.world, KINDS)
    found: set[Any] = set()
    waiting = [change.address for change in plan.changes]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += needs.get(node, ())
    return found


BASE = state(part("top", uses=["middle"]), part("middle", uses=["low"]), part("low"), part("aside"))


def test_the_digest_sees_a_change_of_what_is_used_by_what_is_used() -> None:
    stored = state(part("middle", uses=["low"]), part("low"), part("aside"))
    changed = state(part("middle", uses=["low"]), part("low", weight=5), part("aside"))
    desired = state(part("top", uses=["middle"]), *changed.world.resources.values())
    assert planned(desired, changed).digest != planned(BASE, stored).digest


@pytest.mark.parametrize(
    "other",
    [{"lineage": "line-2"}, {"lineage": None}, {"environment": "staging"}],
)
def test_the_digest_covers_lineage_and_environment(other: dict[str, Any]) -> None:
    assert planned(BASE, state(), **other).digest != planned(BASE, state()).digest


def test_the_digest_does_not_cover_the_serial_nor_the_time() -> None:
    later = make_plan(
        BASE, state().snapshot(serial=9), Facts(datetime.max.replace(tzinfo=UTC)), KINDS, stored=World({})
    )
    assert later.digest == planned(BASE, state()).digest


def test_the_digest_is_the_same_on_every_machine() -> None:
    plan = planned(state(part("b", uses=["a"], weight=2)), state(part("a", owner="mail"), part("c")))
    assert plan.digest == "a5b9404f4ecc7219187bd483e96794fad247a68fb9aa5a07889b5c13503bb392"


def test_a_kind_this_version_does_not_know_can_still_be_counted() -> None:
    stored = state(part("a"))
    plan = make_plan(state(), stored.snapshot(), Facts(NOW), {}, stored=stored.world)
    assert [change.action for change in plan.changes] == [Action.DELETE]


def test_time_grows_with_the_number_of_resources_and_not_faster() -> None:
    seconds(100)
    small = large = math.inf
    for _ in range(12):  # The least of several turns is what it takes; a busy machine only needs more of them.
        small, large = min(small, seconds(1000)), min(large, seconds(3000))
        if large < 4.5 * small:
            break
    assert large < 4.5 * small, f"1,000 took {small:.2f} s, 3,000 took {large:.2f} s"


def seconds(number: int) -> float:
    """Processor seconds for a plan in which a tenth is updated, a tenth created and a tenth deleted."""
    resources = [part(f"p{i}", uses=[f"p{i - 1}"] if i % 50 else []) for i in range(number)]
    stored = state(*resources[: number * 9 // 10])
    desired = state(*(part(r.address.name, **{**r.spec.model_dump(), "weight": 2 if i % 10 == 0 else 1})
                      for i, r in enumerate(resources) if i >= number // 10))  # fmt: skip
    gc.freeze()  # What thousands of tests have left in this process is not walked through for this one.
    start = time.process_time()
    plan = planned(desired, stored)
    assert not plan.empty
    took = time.process_time() - start
    gc.unfreeze()
    return took
