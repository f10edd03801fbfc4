"""Subjects: that of a request, made when it is asked for, and that of a mail, behind the project's prefix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.messages.contexts import ContextSubject, Namespace, PersonView, SubjectRequestView, variables_of
from reconciler.messages.mail import Asked, Mail
from reconciler.messages.render import RenderFailure, render
from reconciler.model.declaration import Value

SUBJECT_LENGTH = 200
"""Characters of a request's subject; what is longer is cut, for it stands in the subject of mails."""


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
        request=SubjectRequestView(requester, _one_line(reason)),
        fields=Namespace({name: _flat(value) for name, value in fields.items()}),
    )
    try:
        text = render(Mail(asked.template), {}, variables_of(context)).subject
    except RenderFailure as failure:
        return RequestSubject(bare_subject(asked), failure)
    return RequestSubject(_cut(text) or bare_subject(asked))


def bare_subject(asked: Asked) -> str:
    """The subject of a request whose template gives none."""
    return _cut(asked.title)


def prefixed(prefix: str, subject: str) -> str:
    """The subject of a mail behind the project's prefix, with a space between."""
    return f"{prefix.rstrip()} {subject}" if prefix else subject


def _flat(value: Value | None) -> Value | None:
    return _one_line(value) if isinstance(value, str) else value


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _cut(text: str) -> str:
    line = _one_line(text)
    return line if len(line) <= SUBJECT_LENGTH else line[: SUBJECT_LENGTH - 1].rstrip() + "…"
