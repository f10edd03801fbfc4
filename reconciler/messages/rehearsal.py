"""A mail on one of its samples, in the words that would be sent: the same for the check, the preview and the plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from reconciler.messages.contexts.samples import TYPICAL
from reconciler.messages.contexts.values import ContextSubject, Namespace, PersonView, SubjectRequestView, variables_of
from reconciler.messages.language.render import Rendered, RenderFailure, render
from reconciler.messages.mail import Asked, Mail, MailCase, one_line, request_title
from reconciler.model.configuration.declaration import Value


@dataclass(frozen=True, slots=True)
class RequestSubject:
    """A subject on one line. ``failure``: why it is the type's title, where its template failed."""

    text: str
    failure: RenderFailure | None = None


def request_subject(
    asked: Asked, requester: PersonView, reason: str, fields: Mapping[str, Value | None]
) -> RequestSubject:
    """The subject of a request of the type. Line breaks in the reason and in fields become spaces; never fails."""
    context = ContextSubject(
        request=SubjectRequestView(requester, one_line(reason)),
        fields=Namespace({name: _flat(value) for name, value in fields.items()}),
    )
    try:
        text = render(Mail(asked.template), {}, variables_of(context)).subject
    except RenderFailure as failure:
        return RequestSubject(request_title(asked.title), failure)
    return RequestSubject(request_title(text) or request_title(asked.title))


def prefixed(prefix: str, subject: str) -> str:
    """The subject of a mail behind the project's prefix, with a space between."""
    return f"{prefix.rstrip()} {subject}" if prefix else subject


def _flat(value: Value | None) -> Value | None:
    return one_line(value) if isinstance(value, str) else value


def rehearsed(
    case: MailCase, sources: Mapping[str, str], sample: str, context: Mapping[str, Any] | None = None
) -> Rendered:
    """The case rendered. ``context``: the sample, where it has been made already. Raises `RenderFailure`.

    The typical request has the subject that its type would give it, which is a template too: this is why it is rendered
    here and does not stand in the sample. The awkward one keeps the worst that a subject can be.
    """
    context = context or case.samples[sample]
    if case.asked and sample == TYPICAL:
        context = _with_subject(context, case.asked)
    rendered = render(case.mail, sources, context)
    return replace(rendered, subject=prefixed(case.prefix, rendered.subject))


def _with_subject(context: Mapping[str, Any], asked: Asked) -> Mapping[str, Any]:
    request = context["request"]
    subject = request_subject(asked, request.requester, request.reason, context["fields"].values)
    return {**context, "request": replace(request, subject=subject.text)}
