"""Diagnostics as text and JSON. How they are worded stands in ``docs/diagnostics.md``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reconciler.model.configuration.address import Address
from reconciler.model.diagnostic import Diagnostic, Place, Severity, number_of
from reconciler.model.errors import ReconcilerError
from reconciler.views.writing.escape import visible, visible_lines
from reconciler.views.writing.json_text import POSITION, Key, document, itself, list_of, shape
from reconciler.views.writing.layout import PLAIN, Page, cells, clipped, counted, wrapped

Sources = Mapping[str, Sequence[str]]
"""The lines of files, by the path a diagnostic names them with."""

_INDENT = "    "
_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow"}


def describe_diagnostics(
    diagnostics: Sequence[Diagnostic], page: Page = PLAIN, *, sources: Sources | None = None
) -> str:
    """Each with place, words and next step, in the order given; how many there are comes last.

    Every one begins ``PATH:LINE:COLUMN: severity: summary``, on one line whatever its length, for editors and ``grep``.
    ``sources``: where given, the line at fault is shown with a caret under the column.
    """
    if not diagnostics:
        return ""
    return "\n\n".join([*list_diagnostic_blocks(diagnostics, sources or {}, page), count_diagnostics(diagnostics)])


def list_diagnostic_blocks(diagnostics: Sequence[Diagnostic], sources: Sources, page: Page) -> list[str]:
    """The text of each, without a count."""
    return ["\n".join(_block(diagnostic, sources, page)) for diagnostic in diagnostics]


def count_diagnostics(diagnostics: Sequence[Diagnostic]) -> str:
    """``2 errors, 1 warning.``"""
    counts = [(number_of(diagnostics, severity), str(severity)) for severity in Severity]
    return ", ".join(counted(number, noun) for number, noun in counts if number) + "."


DIAGNOSTIC = shape(
    Key("severity", Severity),
    Key("summary", str),
    Key("detail", str),
    Key("address", Address | None),
    Key("file", str, take="place.file"),
    Key("line", POSITION, take="place.line"),
    Key("column", POSITION, take="place.column"),
    Key("hint", str),
)
"""``address`` may be null, ``hint`` empty."""


PLACE = shape(Key("file", str), Key("line", POSITION), Key("column", POSITION))

CHECKED = document(
    "Manifests that are valid", Key("resources", int), Key("diagnostics", list_of(DIAGNOSTIC), "Warnings.")
)

FAILURE = document(
    "Why there is nothing else to print",
    Key("error", shape(*(Key(name, str) for name in ("code", "summary", "detail", "hint"))), take=itself),
    Key(
        "diagnostics",
        list_of(DIAGNOSTIC),
        "Every fault of the manifests.",
    ),
)
"""Of a `ReconcilerError`."""


def _block(diagnostic: Diagnostic, sources: Sources, page: Page) -> list[str]:
    severity = page.mark(f"{diagnostic.severity}:", "bold", _COLOURS[diagnostic.severity])
    place = page.mark(f"{visible(str(diagnostic.place))}:", "bold")
    lines = [f"{place} {severity} {visible(diagnostic.summary)}"]
    if diagnostic.address:
        lines.append(_INDENT + page.mark(visible(str(diagnostic.address)), "cyan"))
    lines += _list_paragraphs(diagnostic.detail, page)
    lines += _source(diagnostic.place, sources, page)
    if diagnostic.hint:
        question = diagnostic.hint.startswith("Did you mean")
        lines += wrapped(visible(diagnostic.hint), page.width, _INDENT if question else f"{_INDENT}try: ")
    return lines


def _source(place: Place, sources: Sources, page: Page) -> list[str]:
    """The line at fault and a caret under its column; nothing when the line is not known."""
    lines = sources.get(place.file, ())
    if not 1 <= place.line <= len(lines):
        return []
    text, column = lines[place.line - 1].rstrip("\r\n"), place.column - 1
    before, after = visible(text[:column].expandtabs(4)), visible(text[column:].expandtabs(4))
    gutter = f"{_INDENT}{place.line} | "
    room = max(20, page.width - len(gutter))
    if cells(before) > room - 20:
        before = "…" + before[-(room // 2) :]
    caret = " " * (len(gutter) - 2) + "| " + " " * cells(before) + page.mark("^", "red")
    return [page.mark(gutter, "dim") + clipped(before + after, room), caret]


def _list_paragraphs(text: str, page: Page) -> list[str]:
    return [line for each in visible_lines(text) if text for line in wrapped(each, page.width, _INDENT)]


def describe_error(error: ReconcilerError, page: Page = PLAIN, *, sources: Sources | None = None) -> str:
    """``error: summary``, then detail and next step, indented; faults of manifests stand before it, each whole."""
    faults = list_diagnostic_blocks(error.diagnostics, sources or {}, page)
    lines = [f"{page.mark('error:', 'bold', 'red')} {visible(error.summary)}"]
    lines += [*_list_paragraphs(error.detail, page), *_list_paragraphs(error.hint, page)]
    return "\n\n".join([*faults, "\n".join(lines)])
