"""JSON Pointers (RFC 6901), and the patterns with which a kind names its lists that are sets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.model.canonical import canonical_json

Steps = tuple[str | int, ...]
"""A pointer taken apart: map keys and list indexes from the root."""


def pointer(steps: Iterable[str | int]) -> str:
    """The steps as a JSON Pointer: ``("templates", "approvals/ask.html.j2")`` is ``/templates/approvals~1ask.html.j2``."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def steps(text: str) -> tuple[str, ...]:
    """The inverse of `pointer`; a list index comes back as text, for a pointer alone does not tell it from a key."""
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in text.split("/")[1:])


def matches(pattern: tuple[str, ...], path: Steps) -> bool:
    """Whether the path is what the pattern names; ``*`` stands for any one key or index."""
    return len(pattern) == len(path) and all(part in ("*", str(step)) for part, step in zip(pattern, path, strict=True))


def with_sorted_sets(spec: Mapping[str, Any], sets: Iterable[str]) -> dict[str, Any]:
    """The spec with every list that ``sets`` names in one order, whatever order it was written in."""
    patterns = [steps(text) for text in sets]
    return {key: _sorted(value, [p[1:] for p in patterns if p and p[0] in ("*", key)]) for key, value in spec.items()}


def _sorted(value: Any, patterns: list[tuple[str, ...]]) -> Any:
    if not patterns:
        return value
    if isinstance(value, Mapping):
        return {key: _sorted(item, _below(patterns, key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        items = [_sorted(item, _below(patterns, str(index))) for index, item in enumerate(value)]
        return sorted(items, key=canonical_json) if () in patterns else items
    return value


def _below(patterns: list[tuple[str, ...]], step: str) -> list[tuple[str, ...]]:
    return [pattern[1:] for pattern in patterns if pattern and pattern[0] in ("*", step)]
