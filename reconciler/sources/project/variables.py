"""``${vars.NAME}`` in the texts of manifests: what the environment says instead."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any

from reconciler.model.configuration.resource import Document
from reconciler.model.diagnostic import Diagnostic, Faults, Place, make_error
from reconciler.model.suggestion import Vocabulary, list_words
from reconciler.sources.project.trees import make_document, make_tree, map_texts

_START = "${vars."
_USE = re.compile(r"\$?\$\{vars\.(?P<name>[^{}]*)(?P<end>\})?")


MAX_FILLED = 4 * 1024 * 1024
"""Characters that variables may add to all documents; each value counts as 64 at least."""


class Variables:
    """What an environment's variables stand for."""

    def __init__(self, values: Mapping[str, Any], environment: str | None) -> None:
        self.values = values
        self.environment = environment
        self.left = MAX_FILLED

    @cached_property
    def names(self) -> Vocabulary:
        """For a name that is none of them."""
        return Vocabulary(self.values)

    @cached_property
    def sizes(self) -> Mapping[str, int]:
        """What each adds."""
        return {name: _size(value) for name, value in self.values.items()}


def fill_in(document: Document, variables: Variables) -> tuple[Document, list[Diagnostic]]:
    """The document with every ``${vars.NAME}`` replaced, and a diagnostic for each that has no value.

    A text that is nothing but one use becomes the value itself, of whatever type; inside a longer text the value is
    written out. ``$${vars.NAME}`` stands for the text ``${vars.NAME}``. Nothing else about a ``$`` means anything.
    """
    if not _mentions(document.data):
        return document, []
    filler = _Filler(variables)
    return make_document(map_texts(make_tree(document), filler.text), document.file), filler.faults.all()


def _size(data: Any) -> int:
    if isinstance(data, str):
        return max(64, len(data))
    items = data.values() if isinstance(data, Mapping) else data if isinstance(data, list) else ()
    return 64 + sum(map(_size, items))


def _mentions(data: Any) -> bool:
    if isinstance(data, str):
        return _START in data
    if isinstance(data, Mapping):
        return any(_mentions(value) for value in data.values())
    return isinstance(data, list) and any(_mentions(item) for item in data)


class _Filler:
    """Fills in texts and notes what it cannot."""

    def __init__(self, variables: Variables) -> None:
        self.faults = Faults()
        self._variables = variables
        self._values = variables.values

    def text(self, text: str, place: Place) -> Any:
        if _START not in text:
            return text
        whole = _USE.fullmatch(text)
        if whole and self._known(whole, place):
            return self._values[whole["name"]]
        return _USE.sub(lambda use: self._write(use, place), text) if not whole or _escaped(whole) else text

    def _known(self, use: re.Match[str], place: Place) -> bool:
        if _escaped(use):
            return False
        name = use["name"]
        if use["end"] and name in self._values:
            return self._fits(name, place)
        if not use["end"] or not name:
            self._say("Malformed variable", f"{use[0]} is no use of a variable.", place, "Write ${vars.NAME}.")
        else:
            hint = self._hint(name) if self.faults.room else ""
            self._say("Undefined variable", f"There is no variable {name}{self._where()}.", place, hint)
        return False

    def _fits(self, name: str, place: Place) -> bool:
        self._variables.left -= self._variables.sizes[name]
        if self._variables.left >= 0:
            return True
        detail = f"With this use of {name} variables add more than {MAX_FILLED // 1024**2} MiB to the manifests."
        self._say("Too much through variables", detail, place, "Shorten its value, or use it less often.")
        return False

    def _write(self, use: re.Match[str], place: Place) -> str:
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
        return f" in environment {self._variables.environment}" if self._variables.environment else ""

    def _hint(self, name: str) -> str:
        if not self._variables.environment:
            return "Variables stand in reconciler.yaml, under environments.NAME.vars; this project has no environments."
        known = f"Known: {list_words(self._values)}." if self._values else ""
        near = self._variables.names.find_nearest(name)
        add = f"Add it to environments.{self._variables.environment}.vars in reconciler.yaml. {known}".strip()
        return f'Did you mean "{near}"?' if near else add

    def _say(self, summary: str, detail: str, place: Place, hint: str) -> None:
        self.faults.add(make_error, summary, detail, place, hint=f"{hint} To mean the text itself, write $${{vars.…}}.")


def _escaped(use: re.Match[str]) -> bool:
    return use[0].startswith("$$")
