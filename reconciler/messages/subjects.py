"""Subjects: that of a request, made when it is asked for, and that of a mail, behind the project's prefix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.messages.contexts import ContextSubject, Namespace, PersonView, SubjectRequestView, variables_of
from reconciler.messages.mail import Asked, Mail, one_line, request_title
from reconciler.messages.render import RenderFailure, render
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
