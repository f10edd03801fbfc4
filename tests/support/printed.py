"""Views as the command line prints them: with its words for what to do next."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from reconciler.cli.next_step import say_as
from reconciler.cli.settings import Settings
from reconciler.views import deliveries, journal, requests, resources
from reconciler.views.plan import annotations, html, markdown, text
from reconciler.views.writing.layout import Page

SAY = say_as(Settings())


def paged(view: Callable[..., str]) -> Callable[..., str]:
    """The view with what its page is made of as arguments by name: ``colour``, ``width``, ``verbose``."""

    @wraps(view)
    def printed(*values: object, **given: Any) -> str:
        return view(*values, page=Page(say=SAY, **given))

    return printed


plan_text = paged(text.plan_text)
plan_markdown = partial(markdown.plan_markdown, say=SAY)
failure_markdown = partial(markdown.failure_markdown, say=SAY)
plan_html = partial(html.plan_html, say=SAY)
plan_github = partial(annotations.plan_github, say=SAY)

access_text = paged(resources.access_text)
request_text = paged(requests.request_text)
requested_text = paged(requests.requested_text)
verification_text = partial(journal.verification_text, say=SAY)
waiting_text = partial(deliveries.waiting_text, say=SAY)
