"""approvals request: a new request, with the mail that asks its approvers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from reconciler.approvals.transitions import Draft, Move, open_request
from reconciler.kinds.approval_process.spec import ApprovalProcessSpec
from reconciler.kinds.approval_type.spec import ApprovalTypeSpec
from reconciler.kinds.mail.build_context import view_person
from reconciler.kinds.mail.cases import pinned_rules, pinned_stage
from reconciler.kinds.mail.words import asked_of, surroundings
from reconciler.messages.language.limits import RenderFailure
from reconciler.messages.mail import request_title
from reconciler.model.approvals.request import Request
from reconciler.model.configuration.declaration import (
    Declaration,
    Value,
    check_value,
    format_value,
    read_value,
    write_value,
)
from reconciler.model.configuration.resource import Resource
from reconciler.model.errors import Conflict, NotFound, Refused, UserError
from reconciler.model.mail.mailbox import Mailbox
from reconciler.model.suggestion import list_words, suggest_name
from reconciler.model.wording import Given, Sentence
from reconciler.operations.approvals.approval_mail import ApprovalMail, approval_mail
from reconciler.operations.approvals.decide import read_person, read_words
from reconciler.operations.approvals.move_request import ATTEMPTS, move_entry
from reconciler.operations.configuration.suspend import require_running
from reconciler.operations.context.applied_state import AppliedState, read_applied
from reconciler.operations.context.workspace import Workspace
from reconciler.operations.walled.items import Question, Titled
from reconciler.operations.walled.work import Death, Job, describe_death

_TITLE = Job[Question, Titled]("title", Titled)


@dataclass(frozen=True, slots=True)
class RequestInput:
    """What somebody asks for, as read. ``fields``: plain text by name."""

    type: str
    requester: Mailbox
    reason: str
    fields: Mapping[str, str]


def request_approval(
    workspace: Workspace, type: str, requester: str, reason: str, fields: Mapping[str, str]
) -> Request:
    """Open a request and put the mail to its approvers into the outbox, in one transaction.

    ``fields``: values as text, read as the type declares them. Raises `NotFound` for an unknown type, `UserError` for a
    malformed address and for fields (all that is wrong at once), `Refused` for a request that nobody could answer.
    """
    mailbox = read_person(requester, "requester")
    if not mailbox.address.isascii():
        raise UserError(
            Sentence(Given("requester"), " cannot be written to"),
            f"{mailbox.address} is not ASCII before the @, which mail servers take only with SMTPUTF8.",
            "Use an address of that person in ASCII.",
        )
    wish = RequestInput(type, mailbox, read_words(reason, "reason"), fields)
    for attempt in range(ATTEMPTS):
        try:
            return _request(workspace, wish)
        except Conflict:
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError("the loop returns or raises; this is a bug in reconciler")


def _request(workspace: Workspace, wish: RequestInput) -> Request:
    applied, now = read_applied(workspace), workspace.now()
    kind = _type(applied, wish.type)
    values = read_fields(kind, wish.fields)
    process = _process(applied, kind)
    require_running(workspace, kind.address, process.address)
    subject, faults = _subject(applied, kind, wish, values)
    pinned = {name: write_value(value) for name, value in values.items()}
    draft = replace(_draft(workspace, wish, kind, process), subject=subject, fields=pinned)
    move = open_request(draft, applied.world.people(draft.stage.approvers), now)
    mail = _mail(workspace, applied, move, now)
    mail = ApprovalMail(mail.messages, (*faults, *mail.faults))
    entry = move_entry(workspace, move, mail, now)
    workspace.state.requests.add(move.request, mail.messages, entry, serial=applied.serial)
    return move.request


def read_fields(kind: Resource[ApprovalTypeSpec], given: Mapping[str, str]) -> dict[str, Value]:
    """The values, in declared order, defaults filled in. Raises one `UserError` that names everything that is wrong."""
    declared = kind.spec.fields
    faults = [_unknown(name, declared) for name in given if name not in declared]
    values: dict[str, Value] = {}
    for name, declaration in declared.items():
        try:
            value = _field(declaration, given.get(name))
        except ValueError as fault:
            faults.append(f"{name}: {fault}")
            continue
        if value is not None:
            values[name] = value
    if faults:
        count = f"{len(faults)} faults" if len(faults) > 1 else "A fault"
        raise UserError(
            f"{count} in the fields of the request",
            "\n".join(f"  {fault}" for fault in faults),
            _describe_accepted(kind, declared),
        )
    return values


def _field(declaration: Declaration, text: str | None) -> Value | None:
    if text is None or (text == "" and declaration.required):
        if declaration.default is None and declaration.required:
            raise ValueError(f"required, and missing ({_describe_expected(declaration)})")
        return declaration.default
    value = read_value(declaration.type, text, from_text=True)
    check_value(declaration, value)
    return value


def _unknown(name: str, declared: Mapping[str, Declaration]) -> str:
    return f"{name}: not a field of this type. {suggest_name(name, declared, 'It declares no such field.')}"


def _describe_expected(declaration: Declaration) -> str:
    if declaration.enum:
        return "one of " + ", ".join(format_value(value) for value in declaration.enum)
    example = f", such as {format_value(declaration.example)}" if declaration.example is not None else ""
    return f"{declaration.type}{example}"


def _describe_accepted(kind: Resource[ApprovalTypeSpec], declared: Mapping[str, Declaration]) -> str:
    if not declared:
        return Sentence(f"{kind.address} has no fields: leave ", Given("field"), " out.")
    each = [f"{name} ({_describe_expected(d)}{', required' if d.required else ''})" for name, d in declared.items()]
    return Sentence(f"Fields of {kind.address}, each given as ", Given("field", "NAME=VALUE"), f": {'; '.join(each)}.")


def _type(applied: AppliedState, name: str) -> Resource[ApprovalTypeSpec]:
    kind = applied.world.get(ApprovalTypeSpec, name)
    if kind is not None:
        return kind
    known = [resource.address.name for resource in applied.world.of(ApprovalTypeSpec)]
    otherwise = f"Applied types: {list_words(known)}." if known else "Declare an ApprovalType and apply it."
    raise NotFound(
        "Unknown approval type", f"No ApprovalType “{name}” has been applied.", suggest_name(name, known, otherwise)
    )


def _process(applied: AppliedState, kind: Resource[ApprovalTypeSpec]) -> Resource[ApprovalProcessSpec]:
    process = applied.world.get(ApprovalProcessSpec, kind.spec.process)
    if process is None:
        raise Refused(
            "The type has no process",
            f"{kind.address} follows ApprovalProcess/{kind.spec.process}, which is not applied.",
            "Apply the process.",
        )
    return process


def _draft(
    workspace: Workspace, wish: RequestInput, kind: Resource[ApprovalTypeSpec], process: Resource[ApprovalProcessSpec]
) -> Draft:
    return Draft(
        id=workspace.new_id("req"),
        type=kind.address.name,
        process=process.address.name,
        subject="",
        requester=wish.requester,
        reason=wish.reason,
        fields={},
        stage=pinned_stage(process.spec),
        rules=pinned_rules(process.spec),
        submitted_by=workspace.caller.operator,
    )


def _subject(
    applied: AppliedState, kind: Resource[ApprovalTypeSpec], wish: RequestInput, values: Mapping[str, Value]
) -> tuple[str, tuple[str, ...]]:
    """The request's subject on one line, and what to tell the journal where its template failed."""
    fields = {name: values.get(name) for name in kind.spec.fields}
    asked = asked_of(kind)
    requester = view_person(wish.requester, surroundings(applied.world, applied.settings))
    titled = _TITLE.one(Question(asked, requester, wish.reason, fields))
    if isinstance(titled, Death):
        return request_title(asked.title), (describe_death(asked.template.name, titled),)
    failure = RenderFailure(titled.fault) if titled.fault else None
    return titled.text, (f"{failure.summary}: {failure.detail}",) if failure else ()


def _mail(workspace: Workspace, applied: AppliedState, move: Move, now: datetime) -> ApprovalMail:
    """The mail that asks; a request whose approvers none can be asked is refused while somebody is there to hear it."""
    mail = approval_mail(workspace, applied, move, now)
    if not mail.messages:
        raise Refused(
            "No approver could be asked", " ".join(mail.faults), "Correct the templates or addresses and apply."
        )
    return mail
