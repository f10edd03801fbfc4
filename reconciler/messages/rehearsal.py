"""A mail on one of its samples, in the words that would be sent: the same for the check, the preview and the plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from reconciler.messages.contexts.values import ContextSubject, Namespace, PersonView, SubjectRequestView, variables_of
from reconciler.messages.language.render import Rendered, RenderFailure, render
from reconciler.messages.mail import TYPICAL, Asked, Mail, MailCase, one_line, request_title
from reconciler.model.configuration.declaration import Value


@dataclass(frozen=True, slots=True)
class RequestSubject:
    """A subject on one line. ``failure``: why it is the type's title, where its template failed."""

    text: str
    failure: RenderFailure | None = None


def subject_context(requester: PersonView, reason: str, fields: Mapping[str, Value | None]) -> dict[str, Any]:
    """What the subject of an approval type sees. Line breaks in the reason and in fields become spaces."""
    context = ContextSubject(
        request=SubjectRequestView(requester, one_line(reason)),
        fields=Namespace({name: _flat(value) for name, value in fields.items()}),
    )
    return variables_of(context)


def request_subject(
    asked: Asked, requester: PersonView, reason: str, fields: Mapping[str, Value | None]
) -> RequestSubject:
    """The subject of a request of the type; never fails."""
    try:
        text = render(Mail(asked.template), {}, subject_context(requester, reason, fields)).subject
    except RenderFailure as failure:
        return RequestSubject(request_title(asked.title), failure)
    return RequestSubject(request_title(text) or request_title(asked.title))


def add_prefix(prefix: str, subject: str) -> str:
    """The subject of a mail behind the project's prefix, with a space between."""
    return f"{prefix.rstrip()} {subject}" if prefix else subject


def _flat(value: Value | None) -> Value | None:
    return one_line(value) if isinstance(value, str) else value


def rehearse(case: MailCase, sources: Mapping[str, str], sample: str) -> Rendered:
    """The case rendered on the sample of this name. Raises `RenderFailure`.

    The typical request has the subject that its type gives it, which is a template too: this is why it is rendered here and
    does not stand in the sample. The awkward one keeps the worst that a subject can be: its type may have given it before.
    """
    assert case.sampling is not None, "only mails with samples are rendered"
    context = case.sampling.make(sample)
    if case.asked and sample == TYPICAL:
        request = context["request"]
        subject = request_subject(case.asked, request.requester, request.reason, context["fields"].values)
        context = case.sampling.titled(subject.text).make(sample)
    rendered = render(case.mail, sources, context)
    return replace(rendered, subject=add_prefix(case.prefix, rendered.subject))
