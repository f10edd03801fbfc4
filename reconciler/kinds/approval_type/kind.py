"""ApprovalType: a kind of request: what it asks for, and which process decides.

    apiVersion: reconciler/v1
    kind: ApprovalType
    metadata:
      name: execute-application
      title: Default Execute Application Request Type
    spec:
      process: manual-email
      subject: "run {{ fields.fileName }} on {{ fields.computer }}"
      fields:
        fileName: {required: true, title: File, example: npp.exe}
        computer: {required: true, title: Computer, example: PC-0114}
        ticket: {type: url, title: Ticket}

Fields stand in mails in the order they are declared in. Where subject is left out, a request's subject is the title with the
values of the first two fields that always have one: "Default Execute Application Request Type: npp.exe, PC-0114".
"""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.kinds.approval_process.spec import ApprovalProcessSpec
from reconciler.kinds.approval_type.spec import ApprovalTypeSpec
from reconciler.kinds.mail.cases import subject_case
from reconciler.kinds.protocol.answers import Finding, Reference, RuleShift
from reconciler.kinds.protocol.kind import PlainKind
from reconciler.kinds.protocol.world import World
from reconciler.kinds.reading.faults import blank
from reconciler.messages.mail import MailCase
from reconciler.model.configuration.address import Address, NamedIn
from reconciler.model.configuration.control import Shift
from reconciler.model.configuration.declaration import Declaration
from reconciler.model.configuration.resource import Resource

_MANUAL = __doc__ or ""


class ApprovalType(PlainKind[ApprovalTypeSpec]):
    """The kind `ApprovalType`."""

    manual = _MANUAL
    called = ("type", "types")
    suspension = "new requests are refused"
    spec = ApprovalTypeSpec
    named_in = NamedIn.REQUEST_TYPE
    ordered = ("/fields",)

    def references(self, resource: Resource[ApprovalTypeSpec]) -> Iterable[Reference]:
        yield Reference(("spec", "process"), Address(ApprovalProcessSpec.KIND, resource.spec.process))

    def check(self, resource: Resource[ApprovalTypeSpec], world: World) -> Iterable[Finding]:
        subject = resource.spec.subject
        if subject is not None and not subject.strip():
            yield blank("subject", "Write what is asked for, or leave it out: then it is made of title and fields.")

    def mails(self, resource: Resource[ApprovalTypeSpec], world: World) -> Iterable[MailCase]:
        """Not a mail but its subject: rendered when a request is made, and shown in every mail about it."""
        yield subject_case(resource, world)

    def weakenings(self, before: Resource[ApprovalTypeSpec], after: Resource[ApprovalTypeSpec]) -> Iterable[RuleShift]:
        """Fields a request had to carry and need not any more, and the other way round."""
        for name in sorted({*before.spec.fields, *after.spec.fields}):
            old, new = before.spec.fields.get(name), after.spec.fields.get(name)
            if _demanded(old) != _demanded(new):
                shift = Shift.STRONGER if _demanded(new) else Shift.WEAKER
                yield RuleShift("required field", _field_text(name, old), _field_text(name, new), shift)


def _demanded(declaration: Declaration | None) -> bool:
    """Whether the requester has to say it: a default says it for them."""
    return declaration is not None and declaration.required and declaration.default is None


def _field_text(name: str, declaration: Declaration | None) -> str:
    if declaration is None:
        return f"{name}: not a field"
    if _demanded(declaration):
        return f"{name}: required"
    return f"{name}: has a default" if declaration.default is not None else f"{name}: optional"
