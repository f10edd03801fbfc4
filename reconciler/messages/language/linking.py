"""Templates that name each other: following the names, and what can be wrong with them. Knows no jinja2.

``links_of`` gives, for a template's name and text, the links it holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from reconciler.messages.language.grammar import Link
from reconciler.messages.language.limits import MAX_SOURCE, MAX_SOURCES, TemplateFault
from reconciler.model.errors import UserError

LinksOf = Callable[[str, str], Sequence[Link]]
_ADD = "Add it to the templates folder, or correct the name."
_TOO_MANY = f"One mail may use {MAX_SOURCES} templates of {MAX_SOURCE:,} characters, with all they extend and include."


@dataclass(frozen=True, slots=True)
class Closure:
    """``sources``: the text of every template reached, by name. ``faults``: what could not be followed."""

    sources: Mapping[str, str]
    faults: tuple[TemplateFault, ...] = ()


def follow(names: Iterable[str], load: Callable[[str], str], links_of: LinksOf) -> Closure:
    """Everything ``names`` reach; see `reconciler.messages.language.render.read_closure`."""
    sources: dict[str, str] = {name: load(name) for name in names}
    faults: list[TemplateFault] = []
    waiting = list(sources)
    while waiting:
        name = waiting.pop(0)
        for link in links_of(name, sources[name]):
            if link.name in sources:
                continue
            if len(sources) >= MAX_SOURCES:
                return Closure(sources, (*faults, _too_many(name, link.line)))
            try:
                sources[link.name] = load(link.name)
                waiting.append(link.name)
            except UserError as missing:
                said = f"{missing.summary.rstrip('.')}. {missing.detail}".rstrip()
                faults.append(TemplateFault(name, link.line, "Missing template", said, missing.hint))
    return Closure(sources, tuple(faults))


def list_reached(root: str, texts: Mapping[str, str], links_of: LinksOf) -> list[str]:
    """The template and everything it reaches that is there; stops a little above the limit."""
    found: list[str] = []
    size = 0
    waiting = [root]
    while waiting:
        name = waiting.pop()
        if name not in found and name in texts and len(found) <= MAX_SOURCES and size <= MAX_SOURCE:
            found.append(name)
            size += len(texts[name])
            waiting += [link.name for link in links_of(name, texts[name])]
    return found


def check_links(root: str, texts: Mapping[str, str], links_of: LinksOf) -> list[TemplateFault]:
    """Templates that are not there, too many, or reaching themselves: with them nothing is rendered."""
    if root not in texts:
        return [TemplateFault(root, 1, "Missing template", f"There is no template {root}.", _ADD)]
    names = list_reached(root, texts, links_of)
    if len(names) > MAX_SOURCES or sum(len(texts[name]) for name in names) > MAX_SOURCE:
        return [_too_many(root, 1)]
    faults: list[TemplateFault] = []
    for name in names:
        for link in links_of(name, texts[name]):
            if link.name not in texts:
                said = f"There is no template {link.name}."
                faults.append(TemplateFault(name, link.line, "Missing template", said, _ADD))
            elif name in list_reached(link.name, texts, links_of):
                faults.append(_endless(name, link))
    return faults


def _endless(name: str, link: Link) -> TemplateFault:
    if link.name == name:
        said, hint = f"{name} uses {name} itself: it would never end.", "Remove this line, or name another template."
    else:
        said = f"{name} uses {link.name}, which uses {name} again: it would never end."
        hint = "Remove one of the two uses, or move what both need into a template of its own."
    return TemplateFault(name, link.line, "Template uses itself", said, hint)


def _too_many(name: str, line: int) -> TemplateFault:
    hint = "Put the text of small templates into those that use them."
    return TemplateFault(name, line, "Too many templates", _TOO_MANY, hint)
