"""Secrets are names. A value never enters the model."""

from __future__ import annotations

import re
from dataclasses import dataclass

_REDACTED = re.compile(r"(?:[*•]+|\(sensitive\)|<redacted>)\Z")


@dataclass(frozen=True, order=True, slots=True)
class SecretName:
    """``{secret: relay-password}``: the name is a lowercase DNS label."""

    secret: str


def is_redacted(text: str) -> bool:
    """Whether the text is a mask some tool printed in place of a value (``****``, ``(sensitive)``, ``<redacted>``)."""
    return _REDACTED.match(text.strip()) is not None
