"""access: who may approve what, by what was applied."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.approvals.person import person_key
from reconciler.operations.applied_state import read_applied
from reconciler.operations.decide import read_person
from reconciler.operations.show_resources import found_address
from reconciler.operations.workspace import Workspace
from reconciler.planning.review.authority import Authority, authorities


@dataclass(frozen=True, slots=True)
class Access:
    """Who may approve, stage by stage. ``person``: the one asked about, as an address; empty where it is everybody.

    ``external``: keys of the people outside the project's domains.
    """

    serial: int
    stages: tuple[Authority, ...]
    external: frozenset[str]
    person: str = ""


def access(workspace: Workspace, *, type: str | None = None, person: str | None = None) -> Access:
    """Every stage of every applied approval type; of one ``type``, or those in which one ``person`` may decide.

    Raises `NotFound` for a type that is not applied, `UserError` for what is no address.
    """
    address = read_person(person, "--person").address if person is not None else ""
    applied = read_applied(workspace)
    stages = list(authorities(applied.world))
    if type is not None:
        wanted = found_address(type, applied.world.resources, where="in applied state", kind="ApprovalType")
        stages = [each for each in stages if each.type.address == wanted]
    if address:
        key = person_key(address)
        stages = [each for each in stages if any(member.key == key for member in each.people)]
    people = [member for each in stages for member in each.people]
    external = frozenset(member.key for member in people if applied.is_external(member.mailbox))
    return Access(applied.snapshot.serial, tuple(stages), external, address)
