"""Quorum: distinct people, not addresses and not decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.approvals.eligibility import list_eligible_people, list_undecided
from reconciler.model.approvals.person import Member, make_person_key
from reconciler.model.approvals.request import Choice, Decision, Request, Rules, Stage


@dataclass(frozen=True, slots=True)
class Tally:
    """Where the open stage stands: ``given`` of ``count_needed`` people have approved; ``denial`` is the first one."""

    given: int
    needed: int
    denial: Decision | None = None

    @property
    def reached(self) -> bool:
        """Whether enough people approved and nobody denied."""
        return self.denial is None and self.given >= self.needed


def count_approvals(request: Request, eligible: Sequence[Member]) -> Tally:
    """Count the open stage's decisions; ``eligible`` is everyone who may decide now.

    ``all`` means everyone who may decide now, and whoever has approved before leaving. An approval given stays given. At
    least one person is always needed, so that an emptied group approves nothing.
    """
    decisions = [decision for decision in request.decisions if decision.stage == request.stage]
    approved = {make_person_key(d.person.address) for d in decisions if d.choice is Choice.APPROVE}
    denial = next((d for d in decisions if d.choice is Choice.DENY), None)
    return Tally(len(approved), _count_needed(request.current, approved | collect_keys(eligible)), denial)


def count_needed(stage: Stage, eligible: Sequence[Member]) -> int:
    """How many people must approve a stage nobody has decided yet."""
    return _count_needed(stage, collect_keys(eligible))


def collect_keys(people: Sequence[Member]) -> set[str]:
    """The people behind the members, each once however their addresses are spelled."""
    return {member.key for member in people}


def _count_needed(stage: Stage, people: set[str]) -> int:
    return max(1, len(people) if stage.quorum == "all" else stage.quorum)


@dataclass(frozen=True, slots=True)
class Shortage:
    """Requests that cannot be approved: ``count_needed`` people must approve, and no more than ``able`` may decide.

    ``requesters``: whose requests these are; empty where it is everybody's.
    """

    requesters: tuple[Member, ...]
    able: int
    needed: int

    @property
    def for_all(self) -> bool:
        """Whether no request at all could be approved."""
        return not self.requesters


def find_shortage(stage: Stage, rules: Rules, people: Sequence[Member]) -> Shortage | None:
    """Who can never get an approval from the stage; None when everybody can. ``people``: its approvers, groups expanded.

    Whoever is no approver takes nobody away from those who may decide, so what fails for them fails for everybody. An
    approver who asks takes themselves away, unless ``selfApproval``.
    """
    everybody = tuple({member.key: member for member in people}.values())
    if len(everybody) < count_needed(stage, everybody):
        return Shortage((), len(everybody), count_needed(stage, everybody))
    # Each of them is one person, so whoever asks leaves as many as anybody else would.
    able = list_eligible_people(rules, everybody[0].mailbox, everybody)
    return Shortage(everybody, len(able), count_needed(stage, able)) if len(able) < count_needed(stage, able) else None


@dataclass(frozen=True, slots=True)
class Reach:
    """How many approvals the open stage of a request can come to, those given included, and how many it needs."""

    possible: int
    needed: int

    @property
    def enough(self) -> bool:
        """Whether the stage can still be approved."""
        return self.possible >= self.needed


def judge_reach(request: Request, people: Sequence[Member]) -> Reach:
    """How far the open stage can get with ``people``: its approvers, groups expanded."""
    count = count_approvals(request, list_eligible_people(request.rules, request.requester, people))
    return Reach(count.given + len(list_undecided(request, people)), count.needed)
