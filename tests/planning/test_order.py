from __future__ import annotations

import random
from graphlib import CycleError, TopologicalSorter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import Action, Change
from reconciler.model.errors import Bug
from reconciler.planning.graph.order import measure_depths, order_changes
from tests.planning.samples import address

Names = dict[str, str]


def graph(**needs: str) -> dict[Address, tuple[Address, ...]]:
    """``a="b c"``: a needs b and c."""
    return {address(name): tuple(map(address, targets.split())) for name, targets in needs.items()}


def change(name: str, action: Action = Action.CREATE) -> Change:
    return Change(address(name), action, "")


def names(changes: tuple[Change, ...]) -> str:
    return " ".join(change.address.name for change in changes)


def test_creates_come_after_what_they_need() -> None:
    needs = graph(a="b", b="c", c="", d="")
    assert names(order_changes(map(change, "abcd"), needs, {})) == "c d b a"


def test_deletes_come_before_what_they_needed() -> None:
    needed = graph(a="b", b="c", c="", d="")
    assert names(order_changes([change(name, Action.DELETE) for name in "abcd"], {}, needed)) == "a b c d"


def test_what_lets_go_comes_before_the_delete() -> None:
    changes = [change("old", Action.DELETE), change("user", Action.UPDATE), change("new")]
    assert names(order_changes(changes, graph(user="new", new=""), graph(user="old", old=""))) == "new user old"


def test_a_need_through_something_unchanged_counts() -> None:
    assert names(order_changes(map(change, "ac"), graph(a="b", b="c", c=""), {})) == "c a"


GRAPHS = st.dictionaries(st.sampled_from("abcdefgh"), st.lists(st.sampled_from("abcdefgh"), max_size=3), max_size=8)


@given(needs=GRAPHS, seed=st.randoms(use_true_random=False))
def test_the_order_of_the_input_is_irrelevant(needs: dict[str, list[str]], seed: random.Random) -> None:
    known = {
        address(name): tuple(address(t) for t in targets if t < name and t in needs) for name, targets in needs.items()
    }
    changes = [Change(node, Action.CREATE, "") for node in known]
    result = order_changes(changes, known, {})
    seed.shuffle(changes)
    assert order_changes(changes, dict(reversed(known.items())), {}) == result
    positions = {change.address: index for index, change in enumerate(result)}
    assert all(positions[target] < positions[node] for node, targets in known.items() for target in targets)


@given(needs=GRAPHS)
def test_there_is_an_order_exactly_when_nothing_needs_itself(needs: dict[str, list[str]]) -> None:
    known = {address(name): tuple(map(address, targets)) for name, targets in needs.items()}
    try:
        TopologicalSorter(
            {node: [each for each in targets if each in known] for node, targets in known.items()}
        ).prepare()
    except CycleError:
        with pytest.raises(Bug):
            measure_depths(known)
    else:
        measure_depths(known)


def test_a_cycle_in_the_planner_is_our_fault() -> None:
    with pytest.raises(Bug, match="this is a bug in reconciler"):
        order_changes([change("a")], graph(a="b", b="a"), {})
