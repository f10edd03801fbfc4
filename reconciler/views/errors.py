"""Failures as text and JSON: what went wrong, why, and the next step."""

from __future__ import annotations

from typing import Any

from reconciler.model.errors import InvalidManifests, ReconcilerError
from reconciler.views.diagnostics import Sources, blocks, diagnostics_json
from reconciler.views.escape import visible, visible_lines
from reconciler.views.json_text import FORMAT_VERSION
from reconciler.views.layout import Style, wrapped


def error_text(
    error: ReconcilerError, *, sources: Sources | None = None, colour: bool = False, width: int = 100
) -> str:
    """``error: summary``, then detail and next step, indented; faults of manifests stand before it, each whole."""
    style = Style(colour)
    faults = blocks(error.diagnostics, sources or {}, style, width) if isinstance(error, InvalidManifests) else []
    lines = [f"{style.mark('error:', 'bold', 'red')} {visible(error.summary)}"]
    for text in (error.detail, error.hint):
        for paragraph in visible_lines(text) if text else ():
            lines += wrapped(paragraph, width, "    ")
    return "\n\n".join([*faults, "\n".join(lines)])


def error_json(error: ReconcilerError) -> dict[str, Any]:
    """``{formatVersion, error: {code, summary, detail, hint}, diagnostics}``: the document a failure prints."""
    return {
        "formatVersion": FORMAT_VERSION,
        "error": {"code": error.code, "summary": error.summary, "detail": error.detail, "hint": error.hint},
        "diagnostics": diagnostics_json(error.diagnostics) if isinstance(error, InvalidManifests) else [],
    }
