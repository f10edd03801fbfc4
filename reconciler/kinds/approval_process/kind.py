"""ApprovalProcess: who decides, by when, and which mails tell of it.

    apiVersion: reconciler/v1
    kind: ApprovalProcess
    metadata:
      name: manual-email
      title: Manual Approval Process with E-mail Alerts
    spec:
      smtpServer: relay
      startActivity: send-new-approval
      completedActivity: {approved: tell-outcome, denied: tell-outcome}
      stages:
        - {approvers: [{group: service-desk}], quorum: 1, expireAfter: 3d}

A quorum counts distinct people, however many addresses and groups they come through. One that no request could reach is
an error; one that only approvers' own requests cannot reach, for want of selfApproval, is a warning that names them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from reconciler.approvals.quorum import Shortage, find_shortage
from reconciler.kinds.approval_process.spec import ApprovalProcessSpec, Comment
from reconciler.kinds.approval_type.spec import ApprovalTypeSpec
from reconciler.kinds.email_task.spec import EmailTaskSpec
from reconciler.kinds.group.spec import group_references
from reconciler.kinds.mail.activities import (
    EVENTS,
    OUTCOMES,
    activity_for,
    no_server,
    server_of,
    tasks_of,
    types_of,
    uses,
    way_of,
)
from reconciler.kinds.mail.cases import approval_cases, pinned_rules, pinned_stage
from reconciler.kinds.protocol.answers import Exposure, Finding, Reference, RuleShift
from reconciler.kinds.protocol.kind import PlainKind
from reconciler.kinds.protocol.world import World
from reconciler.kinds.smtp_server.spec import SmtpServerSpec
from reconciler.messages.mail import MailCase
from reconciler.model.approvals.person import Member
from reconciler.model.configuration.address import Address, NamedIn
from reconciler.model.configuration.control import Shift
from reconciler.model.configuration.resource import Path, Resource
from reconciler.model.diagnostic import Severity
from reconciler.model.suggestion import SHOWN, list_words

_MANUAL = __doc__ or ""

STAGE: Path = ("spec", "stages", 0)


class ApprovalProcess(PlainKind[ApprovalProcessSpec]):
    """The kind `ApprovalProcess`."""

    manual = _MANUAL
    called = ("process", "processes")
    suspension = "new requests are refused"
    spec = ApprovalProcessSpec
    named_in = NamedIn.REQUEST_PROCESS
    sets = ("/stages/*/approvers",)

    def references(self, resource: Resource[ApprovalProcessSpec]) -> Iterable[Reference]:
        spec = resource.spec
        if spec.smtp_server:
            yield Reference(("spec", "smtpServer"), Address(SmtpServerSpec.KIND, spec.smtp_server))
        for path, _, task in _list_activities(resource):
            yield Reference(path, Address(EmailTaskSpec.KIND, task))
        for index, stage in enumerate(spec.stages):
            yield from group_references(resource, ("spec", "stages", index, "approvers"), stage.approvers)

    def check(self, resource: Resource[ApprovalProcessSpec], world: World) -> Iterable[Finding]:
        yield from _list_activity_faults(resource, world)
        yield from _list_approver_faults(resource, world)
        yield from _list_server_faults(resource.spec, world)

    def mails(self, resource: Resource[ApprovalProcessSpec], world: World) -> Iterable[MailCase]:
        """What is told in built-in words; the rest are mails of its activities."""
        return approval_cases(None, list(uses(resource, None, world)), world)

    def weakenings(
        self, before: Resource[ApprovalProcessSpec], after: Resource[ApprovalProcessSpec]
    ) -> Iterable[RuleShift]:
        """Rules for requests and decisions. Who decides, and how many of them, is judged on effective people elsewhere."""
        old, new = before.spec, after.spec
        yield from _switched("self-approval", old.self_approval, new.self_approval, "allowed", "refused", weak=True)
        yield from _switched("reason", old.require_reason, new.require_reason, "required", "optional", weak=False)
        if old.require_comment != new.require_comment:
            weaker = _DEMANDS.index(new.require_comment) < _DEMANDS.index(old.require_comment)
            shift = Shift.WEAKER if weaker else Shift.STRONGER
            yield RuleShift("comment", _COMMENTS[old.require_comment], _COMMENTS[new.require_comment], shift)

    def exposure(self, resource: Resource[ApprovalProcessSpec], world: World) -> Exposure:
        """The approvers. That its requesters get mail too is nothing a manifest says."""
        spec = resource.spec
        tasks = {event: world.get(EmailTaskSpec, activity_for(spec, event) or "") for event in EVENTS}
        ways = [way_of(resource, task, world, event) for event, task in tasks.items()]
        approvers = tuple(recipient for stage in spec.stages for recipient in stage.approvers)
        return Exposure(approvers, tuple(way for way in ways if way))


def _list_activities(
    resource: Resource[ApprovalProcessSpec],
) -> Iterator[tuple[Path, Literal["start", "completed"], str]]:
    """Where each activity is written, its slot and its task; one name for all outcomes stands once."""
    spec = resource.spec
    if spec.start_activity:
        yield ("spec", "startActivity"), "start", spec.start_activity
    path: Path = ("spec", "completedActivity")
    if isinstance(spec.completed_activity.plain(), str):
        yield path, "completed", spec.completed_activity.plain()
        return
    for outcome in OUTCOMES:
        task = activity_for(spec, outcome)
        if task:
            yield (*path, outcome), "completed", task


def _list_activity_faults(resource: Resource[ApprovalProcessSpec], world: World) -> Iterator[Finding]:
    for path, slot, name in _list_activities(resource):
        task = world.get(EmailTaskSpec, name)
        if task is None:
            continue
        if task.spec.context != "approval":
            detail = f"{task.address} has the context {task.spec.context}; an activity needs the context approval."
            yield Finding(path, "Wrong context", detail, f"Set context: approval in {task.address}, or name another.")
        elif not task.spec.enabled:
            start = slot == "start"
            ends = "no approver would ever be asked" if start else "the requester would not be told of the outcome"
            severity = Severity.ERROR if start else Severity.WARNING
            detail = f"{task.address} is not enabled: {ends}."
            yield Finding(path, "Disabled task", detail, "Enable it, or name another.", severity)


def _list_approver_faults(resource: Resource[ApprovalProcessSpec], world: World) -> Iterator[Finding]:
    spec = resource.spec
    stage = spec.stages[0]
    if not world.settled(stage.approvers):
        return
    people = world.people(stage.approvers)
    if not people:
        detail = "The groups among the approvers have no members, so nobody could decide."
        yield Finding((*STAGE, "approvers"), "No approvers", detail, "Name at least one person.")
        return
    short = find_shortage(pinned_stage(spec), pinned_rules(spec), people)
    if short:
        types = types_of(resource.address.name, world)
        yield _nobody_succeeds(short, people) if short.for_all else _own_requests(short, types)


def _nobody_succeeds(short: Shortage, people: Sequence[Member]) -> Finding:
    more = f" and {len(people) - SHOWN:,} more" if len(people) > SHOWN else ""
    names = ", ".join(map(_name, people[:SHOWN])) + more
    detail = (
        f"{short.needed} people must approve, but {_count(short.able)} can: {names}. No request could ever be approved."
    )
    lower = f"to {short.able} or less, write all," if short.able > 1 else "to 1,"
    hint = f"Lower the quorum {lower} or name more people."
    return Finding((*STAGE, "quorum"), "Quorum out of reach", detail, hint)


def _own_requests(short: Shortage, types: Sequence[Resource[ApprovalTypeSpec]]) -> Finding:
    """The approvers who cannot ask: nobody decides on their own request, and without them too few are left."""
    of = f" of {list_words([str(each.address) for each in types])}" if types else ""
    who = list_words([_name(member) for member in short.requesters], "or")
    left = f"{_count(short.able)} may" if short.able else "nobody else may"
    must = "one person" if short.needed == 1 else f"{short.needed} people"
    detail = (
        f"A request{of} made by {who} could never be approved: {must} must approve, and {left}, for selfApproval is off. "
        "Such a request is refused when it is made."
    )
    hint = "Name more people, lower the quorum, or let others make these requests."
    return Finding((*STAGE, "approvers"), "Own request out of reach", detail, hint, Severity.WARNING)


def _count(people: int) -> str:
    return "only one person" if people == 1 else f"only {people} people"


def _name(person: Member) -> str:
    via = f" (through {person.through})" if person.through else ""
    return f"{person.mailbox.address}{via}"


def _list_server_faults(spec: ApprovalProcessSpec, world: World) -> Iterator[Finding]:
    """Told once, however many mails have no server. Of a task that could not be read nothing is known."""
    if not world.complete(SmtpServerSpec):
        return
    mails: list[EmailTaskSpec | None] = [t for name in tasks_of(spec) if (t := world.spec(EmailTaskSpec, name))]
    if any(activity_for(spec, event) is None for event in EVENTS):
        mails.append(None)
    if any(server_of(spec, task, world) is None for task in mails):
        yield no_server(world)


_COMMENTS: Mapping[Comment, str] = {
    "never": "never required",
    "on-deny": "required to deny",
    "always": "always required",
}
_DEMANDS = tuple(_COMMENTS)
"""What a decision must say, the least first."""


def _switched(fact: str, before: bool, after: bool, on: str, off: str, *, weak: bool) -> Iterator[RuleShift]:
    """A rule that was turned on or off; ``weak``: the value that is the weaker one."""
    if before != after:
        shift = Shift.WEAKER if after is weak else Shift.STRONGER
        yield RuleShift(fact, on if before else off, on if after else off, shift)
