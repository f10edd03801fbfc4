"""What a plan under targets changes, leaves out and never touches."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.kinds.protocol.world import World
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import Action
from reconciler.model.configuration.plan import Facts
from reconciler.model.configuration.resource import Record
from reconciler.planning.plan import make_plan
from reconciler.planning.targets import find_hits, find_stranded
from tests.planning.samples import KINDS, State, address, part, state
from tests.planning.test_plan import NAMES, NOW, states
from tests.targets.targeted import OWNERS, applied, narrow, planned_part, said, selectors, sides

STORED = state(part("gone"), part("same"), part("other", weight=1), part("theirs", owner="mail"))
DESIRED = state(part("same"), part("other", weight=2), part("fresh", uses=["base"]), part("base"))


@pytest.mark.parametrize(
    ("words", "changes", "left_out"),
    [
        (("Part/other",), ["update other"], 3),
        (("Part/gone",), ["delete gone"], 3),
        (("Part/fresh",), ["create base", "create fresh"], 2),
        (("Part/base",), ["create base"], 3),
        (("Part/same",), [], 4),
        (("Part/other", "Part/gone"), ["update other", "delete gone"], 2),
        (("Part/*",), ["create base", "update other", "create fresh", "delete gone"], 0),
        (("owner=default",), ["create base", "update other", "create fresh", "delete gone"], 0),
    ],
)
def test_only_what_is_hit_and_what_that_needs(words: tuple[str, ...], changes: list[str], left_out: int) -> None:
    plan = planned_part(DESIRED, STORED, *words)
    assert said(plan) == changes
    assert (plan.left_out, plan.targets) == (left_out, tuple(sorted(words)))


def test_what_is_left_out_is_not_counted_as_unchanged() -> None:
    assert planned_part(DESIRED, STORED, "Part/fresh").summary["unchanged"] == 2, "same, and what another owner has"


def test_what_is_left_out_and_changed_in_its_order_alone_counts() -> None:
    stored, desired = (state(part("a", labels={key: {} for key in keys}), part("b")) for keys in ("xy", "yx"))
    assert len(narrow(desired, stored, "Part/b").left_out) == 1


def test_a_needed_resource_comes_as_the_manifests_have_it() -> None:
    stored = state(part("low", weight=1), part("top"))
    desired = state(part("low", weight=2), part("top", uses=["low"]))
    assert said(planned_part(desired, stored, "Part/top")) == ["update low", "update top"]


@pytest.mark.parametrize("word", ["Part/old", "Part/new"])
def test_a_rename_is_hit_under_either_name(word: str) -> None:
    stored = state(part("old"), part("else"))
    desired = renamed(state(part("new"), part("else", weight=2)), "new", "old")
    plan = planned_part(desired, stored, word)
    assert [(str(c.previous), str(c.address)) for c in plan.changes] == [("Part/old", "Part/new")]
    assert (plan.left_out, plan.summary["unchanged"]) == (1, 0)


def test_a_rename_that_is_left_out_counts_once() -> None:
    stored = state(part("old"), part("else"))
    desired = renamed(state(part("new"), part("else", weight=2)), "new", "old")
    plan = planned_part(desired, stored, "Part/else")
    assert (said(plan), plan.left_out, plan.summary["unchanged"]) == (["update else"], 1, 0)


def renamed(given: State, name: str, old: str) -> State:
    records = {a: replace(r, renamed_from=old) if a.name == name else r for a, r in given.records.items()}
    return State(given.world, records)


def test_a_label_that_is_stored_or_wanted_hits() -> None:
    def labelled(team: str) -> State:
        resource = part("a", weight=len(team))
        return state(replace(resource, metadata=replace(resource.metadata, labels={"team": team})))

    for word in ("label=team=mail", "label=team=desk!"):
        assert said(planned_part(labelled("mail"), labelled("desk!"), word)) == ["update a"]


EVERY = ("Part/base", "Part/fresh", "Part/gone", "Part/other", "Part/same")


@pytest.mark.parametrize(
    ("word", "choices", "foreign"),
    [
        ("Part/othr", EVERY, ()),
        ("Prt/*", ("Part/*",), ()),
        ("Part/x*", EVERY, ()),
        ("Part/theirs", EVERY, ("mail",)),
        ("owner=defalt", ("owner=default",), ()),
        ("owner=mail", ("owner=default",), ("mail",)),
        ("label=team=mail", (), ()),
    ],
)
def test_each_selector_that_hits_nothing_is_told_even_where_another_hits(
    word: str, choices: tuple[str, ...], foreign: tuple[str, ...]
) -> None:
    hit, missed = find_hits(selectors("Part/same", word), sides(DESIRED, STORED))
    assert hit == {address("same")}
    assert [(str(each.selector), each.choices, each.foreign) for each in missed] == [(word, choices, foreign)]


def test_what_stays_and_names_what_goes_is_found() -> None:
    stored, desired = state(part("low"), part("top", uses=["low"])), state(part("top"))
    kept = narrow(desired, stored, "Part/low")
    assert find_stranded(kept, stored.world, KINDS) == [(address("top"), address("low"))]
    assert find_stranded(narrow(desired, stored, "Part/*"), stored.world, KINDS) == []


def test_a_project_that_is_not_stored_yet_comes_along() -> None:
    """It says to whom mail may go: without it staging would write to people."""
    project = Address("Project", "mail")

    def with_project(given: State) -> State:
        record = Record(project, "default", 1, {"name": "mail"}, {})
        world = World({**given.world.resources, project: part("mail")})
        return State(world, {**given.records, project: record})

    desired = with_project(DESIRED)
    assert project in narrow(desired, STORED, "Part/same").chosen
    assert project not in narrow(desired, with_project(STORED), "Part/same").chosen


targets = st.sets(st.sampled_from(NAMES), min_size=1).map(lambda names: [f"Part/{name}" for name in sorted(names)])


@settings(max_examples=40)
@given(desired=states(), stored=states(), words=targets)
def test_a_part_and_then_the_whole_is_the_whole(desired: State, stored: State, words: list[str]) -> None:
    known = {str(each) for each in {*desired.records, *stored.records}}
    words = [word for word in words if word in known]
    if not words or find_stranded(narrow(desired, stored, *words), stored.world, KINDS):
        return
    first = planned_part(desired, stored, *words)
    between = applied(first, stored)
    whole = make_plan(desired, stored.snapshot(), Facts(NOW, owners=OWNERS), KINDS, stored=stored.world)
    world = {**stored.world.resources, **{a: desired.world.resources[a] for a in desired.records if a in between}}
    middle = State(World({a: world[a] for a in between}), between)
    rest = make_plan(desired, middle.snapshot(), Facts(NOW, owners=OWNERS), KINDS, stored=middle.world)
    assert applied(rest, middle) == applied(whole, stored)
    assert {c.address for c in first.changes} | {c.address for c in rest.changes} == {c.address for c in whole.changes}
    assert len(rest.changes) == first.left_out


@settings(max_examples=40)
@given(desired=states(), stored=states(), words=targets)
def test_nothing_outside_itself_is_deleted(desired: State, stored: State, words: list[str]) -> None:
    hit, _ = find_hits(selectors(*words), sides(desired, stored))
    if hit:
        plan = planned_part(desired, stored, *[word for word in words if any(str(a) == word for a in hit)])
        assert {str(c.address) for c in plan.changes if c.action is Action.DELETE} <= set(words)


@settings(max_examples=30)
@given(desired=states(), stored=states(), words=targets)
def test_a_digest_under_targets_is_never_that_of_the_whole(desired: State, stored: State, words: list[str]) -> None:
    hit, _ = find_hits(selectors(*words), sides(desired, stored))
    words = [word for word in words if any(str(a) == word for a in hit)]
    if not words:
        return
    whole = make_plan(desired, stored.snapshot(), Facts(NOW, owners=OWNERS), KINDS, stored=stored.world)
    assert planned_part(desired, stored, *words).digest != whole.digest
    assert planned_part(desired, stored, *words).digest == planned_part(desired, stored, *reversed(words)).digest
