"""show and graph: applied resources, what they name, and the one a word on the command line means."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from reconciler.kinds.approval_type.spec import ApprovalTypeSpec
from reconciler.kinds.protocol.world import World
from reconciler.model.approvals.person import make_person_key
from reconciler.model.configuration.address import Address, parse_address
from reconciler.model.configuration.resource import Record
from reconciler.model.configuration.snapshot import Snapshot
from reconciler.model.errors import NotFound
from reconciler.model.suggestion import suggest_name
from reconciler.model.wording import Act, Do, Sentence
from reconciler.operations.approvals.decide import read_person
from reconciler.operations.configuration.desired import read_against
from reconciler.operations.context.applied_state import read_applied, read_whole
from reconciler.operations.context.workspace import Workspace
from reconciler.planning.graph.reference_graph import ReferenceGraph, build_reference_graph
from reconciler.planning.review.authority import Access, list_authorities


def read_applied_resources(workspace: Workspace, word: str | None) -> tuple[Snapshot, Record | None]:
    """The snapshot, and the record ``word`` names, if there is a word. Raises `NotFound`."""
    snapshot = workspace.state.snapshots.read()
    if word is None:
        return snapshot, None
    return snapshot, snapshot.resources[find_address(word, snapshot.resources, where="in applied state")]


def find_address(
    word: str, addresses: Collection[Address], *, where: str, kind: str | None = None, see: str = ""
) -> Address:
    """The address ``word`` means: an address, or a bare name (of ``kind`` if given, else where only one has it).

    Raises `NotFound`, with a "did you mean", else with ``see`` as its hint, when it means none or several.
    """
    wanted = parse_address(word)
    if wanted is not None and wanted in addresses:
        return wanted
    named = [address for address in addresses if address.name == word and kind in (None, address.kind)]
    if len(named) == 1:
        return named[0]
    if named:
        several = ", ".join(map(str, sorted(named)))
        raise NotFound("Ambiguous name", f"“{word}” {where} means several resources: {several}.", "Write the address.")
    known = [*map(str, addresses), *_names(addresses, kind)]
    hint = suggest_name(word, known) or see or _nothing(addresses)
    raise NotFound("Unknown resource", f"There is no {kind or 'resource'} “{word}” {where}.", hint)


def _names(addresses: Iterable[Address], kind: str | None) -> list[str]:
    return [address.name for address in addresses if kind in (None, address.kind)]


def _nothing(addresses: Collection[Address]) -> str:
    see, first = Sentence("See: ", Do(Act.SHOW)), Sentence("Nothing is applied yet; run: ", Do(Act.APPLY))
    return see if addresses else first


def show_access(workspace: Workspace, *, type: str | None = None, person: str | None = None) -> Access:
    """Every stage of every applied approval type; of one ``type``, or those in which one ``person`` may decide.

    Raises `NotFound` for a type that is not applied, `UserError` for what is no address.
    """
    address = read_person(person, "person").address if person is not None else ""
    applied = read_applied(workspace)
    stages = list(list_authorities(applied.world))
    if type is not None:
        wanted = find_address(type, applied.world.resources, where="in applied state", kind=ApprovalTypeSpec.KIND)
        stages = [each for each in stages if each.type.address == wanted]
    if address:
        key = make_person_key(address)
        stages = [each for each in stages if any(member.key == key for member in each.people)]
    people = [member for each in stages for member in each.people]
    external = frozenset(member.key for member in people if applied.is_external(member.mailbox))
    return Access(applied.serial, tuple(stages), external, address)


def show_graph(workspace: Workspace, words: Sequence[str] = (), *, stored: bool = False) -> ReferenceGraph:
    """All of it or, where words name resources, those, what they need and what needs them.

    Raises `InvalidManifests` for manifests with an error, `NotFound` for a word that names nothing.
    """
    world, own = _read_applied(workspace) if stored else _read_declared(workspace)
    where, see = ("in applied state", "") if stored else ("in the manifests", Sentence("See: ", Do(Act.GRAPH)))
    around = [find_address(word, world.resources, where=where, see=see) for word in words]
    return build_reference_graph(world, workspace.registry, {*own, *around}, around)


def _read_declared(workspace: Workspace) -> tuple[World, Collection[Address]]:
    desired = read_against(workspace).require_valid()
    return desired.world, desired.records.keys()


def _read_applied(workspace: Workspace) -> tuple[World, Collection[Address]]:
    world = read_whole(workspace)
    return world, world.resources.keys()
