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


write_plan_text = paged(text.write_plan_text)
write_plan_markdown = partial(markdown.write_plan_markdown, say=SAY)
write_failure_markdown = partial(markdown.write_failure_markdown, say=SAY)
write_plan_html = partial(html.write_plan_html, say=SAY)
write_plan_annotations = partial(annotations.write_plan_annotations, say=SAY)

describe_access = paged(resources.describe_access)
describe_request = paged(requests.describe_request)
describe_made_request = paged(requests.describe_made_request)
describe_verification = partial(journal.describe_verification, say=SAY)
describe_waiting = partial(deliveries.describe_waiting, say=SAY)
