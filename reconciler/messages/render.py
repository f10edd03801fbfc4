"""Rendering: the only module that imports jinja2, and the pure one of the two walls around hostile templates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.messages.fault import RenderFailure, TemplateFault
from reconciler.messages.mail import Mail
from reconciler.messages.shape import Shape

__all__ = ["Closure", "RenderFailure", "Rendered", "TemplateFault", "check", "closure", "render"]


@dataclass(frozen=True, slots=True)
class Closure:
    """``sources``: the text of every template reached, by name. ``faults``: what could not be followed."""

    sources: Mapping[str, str]
    faults: tuple[TemplateFault, ...] = ()


@dataclass(frozen=True, slots=True)
class Rendered:
    """One mail in words. ``text`` and ``html`` are None where the mail has no such template."""

    subject: str
    text: str | None = None
    html: str | None = None


def closure(names: Iterable[str], load: Callable[[str], str]) -> Closure:
    """Every template that ``names`` reach through extends, include and import.

    ``load`` gives the text of one by name and raises a `UserError` where there is none.
    """
    raise NotImplementedError


def check(mail: Mail, sources: Mapping[str, str], shape: Shape) -> list[TemplateFault]:
    """Everything that can be said against the mail's templates without rendering them, by template and line."""
    raise NotImplementedError


def render(mail: Mail, sources: Mapping[str, str], context: Mapping[str, Any]) -> Rendered:
    """The mail in words. ``context`` is what `reconciler.messages.contexts.variables_of` gives.

    Raises `RenderFailure`, and nothing else, whatever the templates do.
    """
    raise NotImplementedError
