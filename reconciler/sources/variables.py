"""``${vars.NAME}`` in the texts of manifests: what the environment says instead."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from reconciler.kinds.suggestion import did_you_mean, listed
from reconciler.model.diagnostic import Diagnostic, Place, error
from reconciler.model.resource import Document
from reconciler.sources.trees import document_of, tree_of, with_texts

_START = "${vars."
_USE = re.compile(r"\$?\$\{vars\.(?P<name>[^{}]*)(?P<end>\})?")


def filled_in(
    document: Document, values: Mapping[str, Any], environment: str | None
) -> tuple[Document, list[Diagnostic]]:
    """The document with every ``${vars.NAME}`` replaced, and a diagnostic for each that has no value.

    A text that is nothing but one use becomes the value itself, of whatever type; inside a longer text the value is
    written out. ``$${vars.NAME}`` stands for the text ``${vars.NAME}``. Nothing else about a ``$`` means anything.
    """
    if not _mentions(document.data):
        return document, []
    filler = _Filler(values, environment)
    return document_of(with_texts(tree_of(document), filler.text), document.file), filler.diagnostics


def _mentions(data: Any) -> bool:
    if isinstance(data, str):
        return _START in data
    if isinstance(data, Mapping):
        return any(_mentions(value) for value in data.values())
    return isinstance(data, list) and any(_mentions(item) for item in data)


class _Filler:
    """Fills in texts and notes what it cannot."""

    def __init__(self, values: Mapping[str, Any], environment: str | None) -> None:
        self.diagnostics: list[Diagnostic] = []
        self._values = values
        self._environment = environment

    def text(self, text: str, place: Place) -> Any:
        if _START not in text:
            return text
        whole = _USE.fullmatch(text)
        if whole and self._known(whole, place):
            return self._values[whole["name"]]
        return _USE.sub(lambda use: self._written(use, place), text) if not whole or _escaped(whole) else text

    def _known(self, use: re.Match[str], place: Place) -> bool:
        if _escaped(use):
            return False
        name = use["name"]
        if use["end"] and name in self._values:
            return True
        if not use["end"] or not name:
            self._say("Malformed variable", f"{use[0]} is no use of a variable.", place, "Write ${vars.NAME}.")
        else:
            self._say("Undefined variable", f"There is no variable {name}{self._where()}.", place, self._hint(name))
        return False

    def _written(self, use: re.Match[str], place: Place) -> str:
        if _escaped(use):
            return use[0][1:]
        if not self._known(use, place):
            return use[0]
        value = self._values[use["name"]]
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str | int | Decimal):
            return str(value)
        detail = f"{use['name']} is no text and no number, so it cannot stand inside a longer text."
        self._say("Wrong type", detail, place, "Let the text be the variable alone, or give it a text.")
        return use[0]

    def _where(self) -> str:
        return f" in environment {self._environment}" if self._environment else ""

    def _hint(self, name: str) -> str:
        if not self._environment:
            return "Variables stand in reconciler.yaml, under environments.NAME.vars; this project has no environments."
        known = f"Known: {listed(self._values)}." if self._values else ""
        add = f"Add it to environments.{self._environment}.vars in reconciler.yaml. {known}".strip()
        return did_you_mean(name, self._values, add)

    def _say(self, summary: str, detail: str, place: Place, hint: str) -> None:
        self.diagnostics.append(
            error(summary, detail, place, hint=f"{hint} To mean the text itself, write $${{vars.…}}.")
        )


def _escaped(use: re.Match[str]) -> bool:
    return use[0].startswith("$$")
