"""Plans as one HTML file: nothing to load, nothing that runs, the mails side by side as people will see them.

The page is a template of ours, `plan.html.j2`, in an environment of its own: its input is a plan, never a template from outside.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from functools import cache, partial
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from jinja2.ext import Extension
from markupsafe import Markup

from reconciler.model.configuration.plan import Plan
from reconciler.model.errors import ReconcilerError
from reconciler.views.plan.facts import describe_summary, list_facts
from reconciler.views.plan.fields import list_fields
from reconciler.views.plan.sections import ACTION_WORDS, Where, list_sections, make_fault_section
from reconciler.views.status import describe_freeze
from reconciler.views.writing.escape import escape_commands_in_page, visible, visible_lines
from reconciler.views.writing.layout import Page, Say, counted, moment

POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'"
"""What the page, and each frame in it once more, may load: nothing but the styles it holds."""

_SIGNS = {"+": "joined", "-": "left", "@": "place"}


def write_plan_html(plan: Plan, *, say: Say = str) -> str:
    """The whole plan, whatever its length, as one page that works without network, script or other files."""
    return _page(
        f"Plan for {plan.environment}" if plan.environment else "Plan",
        describe_summary(plan),
        facts=[fact for fact in list_facts(plan) if fact.title and fact.value],
        sections=[section for section in list_sections(plan) if section.sort.heading],
        frozen=partial(describe_freeze, say=say),
    )


def write_failure_html(error: ReconcilerError) -> str:
    """Why there is no plan."""
    said = [text for text in (error.detail, error.hint) if text]
    sections = [make_fault_section(error.diagnostics)] if error.diagnostics else []
    return _page("No plan", error.summary, failed=True, paragraphs=said, sections=sections)


def _page(title: str, summary: str, **values: Any) -> str:
    """The template with these values. What a CI runner would obey is broken off, for pages are printed as well."""
    given = {"failed": False, "paragraphs": (), "facts": (), "title_of_page": title, "summary": summary, **values}
    return escape_commands_in_page(_template().render(given))


class _OneLine(Extension):
    """Templates without line ends and indentation, which are there for their readers; style sheets as they are."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        if name and name.endswith(".css"):
            return source
        return "".join(line.strip() for line in source.splitlines())


@cache
def _template() -> Template:
    """The one template, read once: a file of our own package, which no stranger can write, as little I/O as an import."""
    environment = Environment(
        loader=PackageLoader("reconciler", "views/plan"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_show,
        extensions=[_OneLine],
        keep_trailing_newline=True,
    )
    environment.filters.update(lines=_lines, attribute=_escape, as_it_is=Markup)
    environment.globals.update(policy=POLICY, line_end=Markup("\n"), counted=counted, moment=moment)
    environment.globals.update(
        action_words=ACTION_WORDS, here=Where.PAGE, fields=partial(list_fields, page=Page(width=110)), marked=_mark
    )
    return environment.get_template("plan.html.j2")


def _show(value: object) -> Markup:
    """What any expression becomes, but for finished HTML: visible text, escaped."""
    return value if isinstance(value, Markup) else _escape(visible(str(value)))


def _lines(text: str) -> Markup:
    """Text of several lines made visible, for an element that keeps its lines."""
    return _escape("\n".join(visible_lines(text)))


def _escape(text: str) -> Markup:
    """Text in an element or, a whole page, in an attribute."""
    return Markup(html.escape(str(text)))  # noqa: S704 - escaped here


def _mark(diff: str) -> Iterator[tuple[str, str]]:
    """Each line with the class its sign asks for."""
    return ((line or " ", _SIGNS.get(line[:1], "")) for line in diff.rstrip("\n").split("\n"))
