"""Which resources and references are drawn."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.kinds.protocol.answers import NOTHING_LET_OUT, Exposure, Way
from reconciler.kinds.protocol.world import World
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.resource import Resource
from reconciler.planning.graph.reference_graph import Edge, GraphNode, ReferenceGraph, build_reference_graph
from tests.planning.samples import KINDS, PartKind, address, part, state
from tests.planning.test_plan import states

WORLD = state(
    part("top", uses=["middle", "side"]),
    part("middle", uses=["low"]),
    part("low", title="At the bottom"),
    part("side"),
    part("alone"),
    part("theirs", owner="mail", uses=["low"]),
).world
OWN = [address(name) for name in ("top", "middle", "low", "side", "alone")]


def drawn(graph: ReferenceGraph) -> tuple[list[str], list[str]]:
    return (
        [node.address.name for node in graph.nodes],
        [f"{edge.source.name} {edge.target.name}" for edge in graph.edges],
    )


def test_own_resources_with_what_they_need() -> None:
    assert drawn(build_reference_graph(WORLD, KINDS, OWN)) == (
        ["alone", "low", "middle", "side", "top"],
        ["middle low", "top middle", "top side"],
    )


@pytest.mark.parametrize(
    ("around", "nodes"),
    [
        ("middle", ["low", "middle", "top"]),
        ("low", ["low", "middle", "top"]),
        ("top", ["low", "middle", "side", "top"]),
        ("alone", ["alone"]),
    ],
)
def test_around_a_resource_stands_what_it_needs_and_what_needs_it(around: str, nodes: list[str]) -> None:
    assert drawn(build_reference_graph(WORLD, KINDS, OWN, [address(around)]))[0] == nodes


def test_a_node_has_its_title_and_an_edge_the_fields_that_name() -> None:
    graph = build_reference_graph(WORLD, KINDS, OWN)
    assert GraphNode(address("low"), "At the bottom") in graph.nodes
    assert Edge(address("top"), address("side"), ("/spec/uses/1",)) in graph.edges


def test_what_is_named_and_not_there_is_not_drawn() -> None:
    assert drawn(build_reference_graph(state(part("a", uses=["gone"])).world, KINDS, [address("a")])) == (["a"], [])


def test_the_server_that_carries_mail_unnamed_is_an_edge_without_fields() -> None:
    server = Address("SmtpServer", "relay")

    class Sending(PartKind):
        def exposure(self, resource: Resource, world: World) -> Exposure:
            return replace(NOTHING_LET_OUT, ways=(Way(server, server),))

    world = World({**state(part("a")).world.resources, server: replace(part("relay"), address=server)})
    graph = build_reference_graph(world, {"Part": Sending()}, [address("a")])
    assert graph.edges == (Edge(address("a"), server, ()),)


@settings(max_examples=40)
@given(given_=states(), seed=st.randoms(use_true_random=False))
def test_the_order_of_resources_is_irrelevant(given_: object, seed: random.Random) -> None:
    world: World = given_.world  # type: ignore[attr-defined]
    shuffled = list(world.resources.items())
    seed.shuffle(shuffled)
    own: Iterable[Address] = world.resources.keys()
    assert build_reference_graph(World(dict(shuffled)), KINDS, list(own)) == build_reference_graph(
        world, KINDS, list(own)
    )
