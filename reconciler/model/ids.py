"""Ids: what they look like. Where they come from, the clock and chance, is known above."""

from __future__ import annotations

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32: digits and lower-case letters without i, l, o and u, which people misread."""

CHANCE = 25
"""Bits of an id that are chance."""


def make_id(prefix: str, milliseconds: int, chance: int) -> str:
    """``req_`` and 14 characters: 9 of the time since 1970, so that ids sort by it, and 25 random bits."""
    return f"{prefix}_{_base32(milliseconds, 9)}{_base32(chance, 5)}"


def _base32(number: int, width: int) -> str:
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(5 * (width - 1), -1, -5))
