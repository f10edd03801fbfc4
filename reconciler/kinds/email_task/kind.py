"""EmailTask: one mail that can be sent: its words, and in the context `task` its recipients.

    apiVersion: reconciler/v1
    kind: EmailTask
    metadata: {name: send-new-approval, title: Send E-mail for New Approval Task}
    spec:
      context: approval
      subject: "{{ request.requester }} asks: {{ request.subject }}"
      body: {html: approvals/ask.html.j2, text: approvals/ask.txt.j2}

    apiVersion: reconciler/v1
    kind: EmailTask
    metadata: {name: maintenance-notice}
    spec:
      to: [ops@example.com, {group: service-desk}]
      subject: "Maintenance on {{ parameters.host }}"
      body: "It is down for {{ parameters.minutes }} minutes.\\n"
      parameters:
        minutes: 30
        host: {required: true, example: db-07}

In the context task `to`, `subject` and `body` are required. In the context approval `to`, `cc` and `bcc` are refused: the
process decides who gets the mail; and so is a required parameter without a default, because nothing can set it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StrictBool, model_validator

from reconciler.kinds.fields.declarations import Parameters, declarations
from reconciler.kinds.fields.fields import (
    DurationField,
    FilePath,
    HeaderText,
    Reads,
    ResourceName,
    Spec,
    about,
    choice,
    read_text,
)
from reconciler.kinds.fields.forms import TEXT, Form
from reconciler.kinds.fields.recipients import Addressees, MailboxField, group_references
from reconciler.kinds.mail.activities import no_server, server_of, uses_of, way_of
from reconciler.kinds.mail.words import approval_cases, mail_of, prefix_of, sample_project, task_head, task_view
from reconciler.kinds.protocol.kind import NOTHING_LET_OUT, Exposure, FileNeed, Finding, Reference, RuleShift, Upgrade
from reconciler.kinds.protocol.world import World
from reconciler.kinds.reading.faults import MISSING_FIELD, blank, fault, wrong_type
from reconciler.messages.contexts.samples import Sampling
from reconciler.messages.contexts.values import task_shape
from reconciler.messages.mail import MailCase
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.declaration import Declaration
from reconciler.model.configuration.effect import Effect
from reconciler.model.configuration.resource import Resource
from reconciler.model.diagnostic import Severity
from reconciler.model.duration import parse_duration

_MANUAL = __doc__ or ""

Context = Literal["task", "approval"]


_BODY: Form = {**TEXT, "title": "template", "description": "A template as text."}


class BodyFiles(Spec):
    """Paths in the templates folder; at least one."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    html: Annotated[FilePath | None, about("The template of the HTML part, in the templates folder.")] = None
    text: Annotated[
        FilePath | None,
        about("The template of the text part, in the templates folder.", otherwise="made from the HTML"),
    ] = None

    @model_validator(mode="after")
    def _not_empty(self) -> BodyFiles:
        if not (self.html or self.text):
            raise fault(MISSING_FIELD, "names no template", "Add html: or text:, a path in the templates folder.")
        return self


def _body_text(value: Any) -> str:
    if not isinstance(value, str):
        raise wrong_type("text or {html, text}", value)
    return read_text(value)


class EmailTaskSpec(Spec):
    """``to``, ``cc``, ``bcc``: sorted, each once. ``body``: text, files, or None for the built-in words."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"context": {"const": "task"}}},
            "then": {"required": ["to", "subject", "body"]},
        }
    )

    context: Annotated[
        Context,
        choice(Context),
        about("task: sent by hand, to the recipients named here. approval: the words of an approval process."),
    ] = "task"
    smtp_server: Annotated[
        ResourceName | None,
        about(
            "Name of the SmtpServer. In the context approval the process's comes first.",
            otherwise="the project's, else the only one",
        ),
    ] = None
    sender: Annotated[MailboxField | None, about("The sender.", otherwise="the server's from")] = Field(
        default=None, alias="from"
    )
    to: Annotated[Addressees, about("Who gets the mail. Required in the context task, refused in approval.")] = ()
    cc: Annotated[Addressees, about("Who gets a copy. Refused in the context approval.")] = ()
    bcc: Annotated[Addressees, about("Who gets a copy unseen. Refused in the context approval.")] = ()
    reply_to: Annotated[
        MailboxField | None, about("Where replies go.", otherwise="none; of mail to approvers the requester")
    ] = None
    subject: Annotated[
        HeaderText | None,
        about("A template, on one line. Required in the context task.", otherwise="built in, in the context approval"),
    ] = None
    body: Annotated[
        Annotated[str | BodyFiles, Reads(BodyFiles, otherwise=_body_text, form=_BODY)] | None,
        about(
            "A template as text; or {html, text}: paths in the templates folder, at least one of them. Required in the "
            "context task.",
            otherwise="built in, in the context approval",
        ),
    ] = None
    parameters: Annotated[
        Parameters,
        about(
            "By camelCase name: a value (text, a number, true or false), locked as it stands; or a declaration, set when the "
            "task is sent. Templates read parameters.NAME."
        ),
    ] = Field(default_factory=dict)
    expire_after: Annotated[DurationField, about("How long delivery is tried.")] = parse_duration("5d")
    enabled: Annotated[StrictBool, about("false: nothing is sent.")] = True


class EmailTask:
    """The kind `EmailTask`."""

    name = "EmailTask"
    manual = _MANUAL
    schema_version = 1
    upgrades: tuple[Upgrade, ...] = ()
    spec = EmailTaskSpec
    sets = ("/to", "/cc", "/bcc")
    ordered: tuple[str, ...] = ()

    def references(self, resource: Resource) -> Iterable[Reference]:
        spec: EmailTaskSpec = resource.spec
        if spec.smtp_server:
            yield Reference(("spec", "smtpServer"), Address("SmtpServer", spec.smtp_server))
        for field in ("to", "cc", "bcc"):
            yield from group_references(resource, ("spec", field), getattr(spec, field))

    def files(self, resource: Resource) -> Iterable[FileNeed]:
        return ()

    def check(self, resource: Resource, world: World) -> Iterable[Finding]:
        spec: EmailTaskSpec = resource.spec
        yield from _approval_faults(spec) if spec.context == "approval" else _task_faults(spec, world)
        for name, words in (("subject", spec.subject), ("body", spec.body)):
            if isinstance(words, str) and not words.strip():
                other = ", or leave it out to have the built-in words" if spec.context == "approval" else ""
                yield blank(name, f"Write what the mail says{other}.")
        if isinstance(spec.body, str) and spec.body.strip().endswith(".j2") and "\n" not in spec.body.strip():
            detail = "The mail would consist of these very words, which look like the path of a template."
            hint = f"Write body: {{text: {spec.body.strip()}}} or {{html: …}} to use the file."
            yield Finding(("spec", "body"), "Path as text", detail, hint, Severity.WARNING)

    def mails(self, resource: Resource, world: World) -> Iterable[MailCase]:
        """In the context task its own mail; in the context approval one for each use, or one where there is none."""
        if resource.spec.context == "approval":
            return approval_cases(resource, uses_of(resource.address.name, world), world)
        if resource.spec.subject is None or resource.spec.body is None:
            return ()
        parameters = declarations(resource.spec.parameters)
        samples = Sampling("task", parameters, sample_project(world), task_view(resource, "task"))
        mail, head = mail_of(resource, "task"), task_head(resource, world)
        prefix = prefix_of(world)
        return (MailCase(str(resource.address), mail, task_shape(parameters), samples, head, prefix=prefix),)

    def effects(self, before: Resource | None, after: Resource | None, world: World) -> Iterable[Effect]:
        return ()

    def weakenings(self, before: Resource, after: Resource) -> Iterable[RuleShift]:
        return ()

    def exposure(self, resource: Resource, world: World) -> Exposure:
        """In the context approval the process decides who gets the mail, and through which server."""
        spec: EmailTaskSpec = resource.spec
        if spec.context == "approval":
            return NOTHING_LET_OUT
        way = way_of(None, resource, world)
        return Exposure((*spec.to, *spec.cc, *spec.bcc), (way,) if way else ())


_NOBODY = "Name an address here, or a member of one of these groups."


def _task_faults(spec: EmailTaskSpec, world: World) -> Iterator[Finding]:
    missing = [name for name in ("to", "subject", "body") if getattr(spec, name) in (None, ())]
    for name in missing:
        detail = f'"{name}" is required in the context task.'
        hint = "Add it; in the context approval it may be left out." if name != "to" else "Name at least one recipient."
        yield Finding(("spec",) if name != "to" else ("spec", "to"), MISSING_FIELD, detail, hint)
    if spec.to and world.settled(spec.to) and not world.people(spec.to):
        yield Finding(("spec", "to"), "Nobody to write to", "The groups in to have no members.", _NOBODY)
    if server_of(None, spec, world) is None and world.complete("SmtpServer"):
        yield no_server(world)


def _approval_faults(spec: EmailTaskSpec) -> Iterator[Finding]:
    for name in ("to", "cc", "bcc"):
        if getattr(spec, name):
            detail = f"In the context approval a task has no {name}: the slot decides who gets it."
            hint = f"Remove {name}, or set context: task."
            yield Finding(("spec", name), "Recipients in an approval task", detail, hint)
    for name, parameter in spec.parameters.items():
        if isinstance(parameter, Declaration) and parameter.required and parameter.default is None:
            detail = f'Nothing can set the parameter "{name}": an approval process sends no parameters.'
            hint = "Give it a default or a value, or make it not required."
            yield Finding(("spec", "parameters", name), "Parameter nobody sets", detail, hint)
