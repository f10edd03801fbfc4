"""Views as the command line prints them: with its words for what to do next."""

from __future__ import annotations

from functools import partial

from reconciler.cli.words import HINTS, request_hints
from reconciler.planning.review.authority import Access
from reconciler.views import deliveries, journal, requests, resources
from reconciler.views.plan import annotations, html, markdown, text
from reconciler.views.writing.layout import Page, Style

plan_text = partial(text.plan_text, hints=HINTS)
plan_markdown = partial(markdown.plan_markdown, hints=HINTS)
failure_markdown = partial(markdown.failure_markdown, hints=HINTS)
plan_html = partial(html.plan_html, hints=HINTS)
plan_github = partial(annotations.plan_github, hints=HINTS)

request_text = partial(requests.request_text, hints=request_hints("reconciler"))
requested_text = partial(requests.requested_text, hints=request_hints("reconciler"))
verification_text = partial(journal.verification_text, option="--anchor")
waiting_text = partial(deliveries.waiting_text, show="reconciler deliveries show")


def access_text(access: Access, *, verbose: bool = False, width: int = 100) -> str:
    return resources.access_text(access, Page(HINTS, Style(), width, verbose))
