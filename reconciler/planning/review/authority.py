"""Who may decide what: for each approval type and stage the people, groups expanded and the process followed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from reconciler.approvals.quorum import collect_keys
from reconciler.kinds.approval_process.spec import ApprovalProcessSpec
from reconciler.kinds.approval_type.spec import ApprovalTypeSpec
from reconciler.kinds.protocol.world import World
from reconciler.model.approvals.person import Member
from reconciler.model.configuration.resource import Resource
from reconciler.model.mail.mailbox import Recipient


@dataclass(frozen=True, slots=True)
class Authority:
    """One stage of one approval type, as it works. ``number`` counts stages from 1.

    ``people``: everyone who may decide, each once. ``approvers``: the same as the process names them.
    """

    type: Resource[ApprovalTypeSpec]
    process: Resource[ApprovalProcessSpec]
    number: int
    name: str
    approvers: tuple[Recipient, ...]
    people: tuple[Member, ...]
    quorum: int | Literal["all"]

    @property
    def stage(self) -> str:
        """What the stage is called: its name, else its number."""
        return self.name or str(self.number)

    @property
    def needed(self) -> int:
        """How many of these people must approve."""
        return max(1, len(collect_keys(self.people))) if self.quorum == "all" else self.quorum

    @property
    def quorum_text(self) -> str:
        """``2 of 3 people``, ``all of 3 people``."""
        count = len(self.people)
        return f"{self.quorum} of {count} {'person' if count == 1 else 'people'}"


@dataclass(frozen=True, slots=True)
class Access:
    """Who may approve, stage by stage. ``person``: the one asked about, as an address; empty where it is everybody.

    ``external``: keys of the people outside the project's domains.
    """

    serial: int
    stages: tuple[Authority, ...]
    external: frozenset[str]
    person: str = ""


def list_authorities(world: World) -> Iterator[Authority]:
    """Every stage of every approval type, by type and stage; a type whose process is missing has none."""
    for kind in world.of(ApprovalTypeSpec):
        yield from find_authorities(kind, world)


def find_authorities(kind: Resource[ApprovalTypeSpec], world: World) -> Sequence[Authority]:
    """The stages a request of the type goes through, in order; ``kind`` is an ApprovalType of this world."""
    process = world.get(ApprovalProcessSpec, kind.spec.process)
    stages = process.spec.stages if process else ()
    return [
        Authority(
            type=kind,
            process=process,
            number=number,
            name=stage.name or "",
            approvers=tuple(stage.approvers),
            people=world.people(stage.approvers),
            quorum=stage.quorum,
        )
        for number, stage in enumerate(stages, 1)
        if process is not None
    ]
