"""A mail on one of its samples, in the words that would be sent: the same for the check, the preview and the plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from reconciler.messages.mail import Asked, MailCase
from reconciler.messages.render import Rendered, render
from reconciler.messages.samples import TYPICAL
from reconciler.messages.subjects import prefixed, request_subject


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
