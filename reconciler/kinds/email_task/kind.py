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

from reconciler.kinds.email_task.spec import EmailTaskSpec
from reconciler.kinds.group.spec import group_references
from reconciler.kinds.mail.activities import no_server, server_of, uses_of, way_of
from reconciler.kinds.mail.cases import approval_cases, task_case
from reconciler.kinds.protocol.answers import NOTHING_LET_OUT, Exposure, Finding, Reference
from reconciler.kinds.protocol.kind import PlainKind
from reconciler.kinds.protocol.world import World
from reconciler.kinds.reading.faults import MISSING_FIELD, blank
from reconciler.kinds.smtp_server.spec import SmtpServerSpec
from reconciler.messages.mail import MailCase
from reconciler.model.configuration.address import Address, NamedIn
from reconciler.model.configuration.declaration import Declaration
from reconciler.model.configuration.resource import Resource
from reconciler.model.diagnostic import Severity

_MANUAL = __doc__ or ""


class EmailTask(PlainKind[EmailTaskSpec]):
    """The kind `EmailTask`."""

    manual = _MANUAL
    called = ("task", "tasks")
    suspension = "it sends nothing"
    spec = EmailTaskSpec
    named_in = NamedIn.MESSAGE_TASK
    sets = ("/to", "/cc", "/bcc")

    def unstoppable(self, resource: Resource[EmailTaskSpec]) -> Finding | None:
        if resource.spec.context == "task":
            return None
        return Finding(
            ("spec", "context"),
            "A task that approvals send cannot be suspended",
            f"{resource.address} gives words to approvals: without its mail, requests would wait for people nobody has asked.",
            "Suspend the ApprovalProcess or the ApprovalType, so that no new request is made, or the SmtpServer.",
        )

    def references(self, resource: Resource[EmailTaskSpec]) -> Iterable[Reference]:
        spec = resource.spec
        if spec.smtp_server:
            yield Reference(("spec", "smtpServer"), Address(SmtpServerSpec.KIND, spec.smtp_server))
        for field in ("to", "cc", "bcc"):
            yield from group_references(resource, ("spec", field), getattr(spec, field))

    def check(self, resource: Resource[EmailTaskSpec], world: World) -> Iterable[Finding]:
        spec = resource.spec
        yield from _list_approval_faults(spec) if spec.context == "approval" else _list_task_faults(spec, world)
        for name, words in (("subject", spec.subject), ("body", spec.body)):
            if isinstance(words, str) and not words.strip():
                other = ", or leave it out to have the built-in words" if spec.context == "approval" else ""
                yield blank(name, f"Write what the mail says{other}.")
        if isinstance(spec.body, str) and spec.body.strip().endswith(".j2") and "\n" not in spec.body.strip():
            detail = "The mail would consist of these very words, which look like the path of a template."
            hint = f"Write body: {{text: {spec.body.strip()}}} or {{html: …}} to use the file."
            yield Finding(("spec", "body"), "Path as text", detail, hint, Severity.WARNING)

    def mails(self, resource: Resource[EmailTaskSpec], world: World) -> Iterable[MailCase]:
        """In the context task its own mail; in the context approval one for each use, or one where there is none."""
        if resource.spec.context == "approval":
            return approval_cases(resource, uses_of(resource.address.name, world), world)
        whole = resource.spec.subject is not None and resource.spec.body is not None
        return (task_case(resource, world),) if whole else ()

    def exposure(self, resource: Resource[EmailTaskSpec], world: World) -> Exposure:
        """In the context approval the process decides who gets the mail, and through which server."""
        spec = resource.spec
        if spec.context == "approval":
            return NOTHING_LET_OUT
        way = way_of(None, resource, world)
        return Exposure((*spec.to, *spec.cc, *spec.bcc), (way,) if way else ())


_NOBODY = "Name an address here, or a member of one of these groups."


def _list_task_faults(spec: EmailTaskSpec, world: World) -> Iterator[Finding]:
    missing = [name for name in ("to", "subject", "body") if getattr(spec, name) in (None, ())]
    for name in missing:
        detail = f'"{name}" is required in the context task.'
        hint = "Add it; in the context approval it may be left out." if name != "to" else "Name at least one recipient."
        yield Finding(("spec",) if name != "to" else ("spec", "to"), MISSING_FIELD, detail, hint)
    if spec.to and world.settled(spec.to) and not world.people(spec.to):
        yield Finding(("spec", "to"), "Nobody to write to", "The groups in to have no members.", _NOBODY)
    if server_of(None, spec, world) is None and world.complete(SmtpServerSpec):
        yield no_server(world)


def _list_approval_faults(spec: EmailTaskSpec) -> Iterator[Finding]:
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
