"""Quorum: distinct people, not addresses and not decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.model.approvals.person import Member, person_key
from reconciler.model.approvals.request import Choice, Decision, Request, Stage


@dataclass(frozen=True, slots=True)
class Tally:
    """Where the open stage stands: ``given`` of ``needed`` people have approved; ``denial`` is the first one."""

    given: int
    needed: int
    denial: Decision | None = None

    @property
    def reached(self) -> bool:
        """Whether enough people approved and nobody denied."""
        return self.denial is None and self.given >= self.needed


def tally(request: Request, eligible: Sequence[Member]) -> Tally:
    """Count the open stage's decisions; ``eligible`` is everyone who may decide now.

    ``all`` means everyone who may decide now, and whoever has approved before leaving. An approval given stays given. At
    least one person is always needed, so that an emptied group approves nothing.
    """
    decisions = [decision for decision in request.decisions if decision.stage == request.stage]
    approved = {person_key(d.person.address) for d in decisions if d.choice is Choice.APPROVE}
    denial = next((d for d in decisions if d.choice is Choice.DENY), None)
    return Tally(len(approved), _needed(request.current, approved | keys(eligible)), denial)


def needed(stage: Stage, eligible: Sequence[Member]) -> int:
    """How many people must approve a stage nobody has decided yet."""
    return _needed(stage, keys(eligible))


def keys(people: Sequence[Member]) -> set[str]:
    """The people behind the members, each once however their addresses are spelled."""
    return {member.key for member in people}


def _needed(stage: Stage, people: set[str]) -> int:
    return max(1, len(people) if stage.quorum == "all" else stage.quorum)
