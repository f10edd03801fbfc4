"""Recipients: a mailbox, or a group that stands for its members."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reconciler.model.mailbox import Mailbox, parse_mailbox


@dataclass(frozen=True, order=True, slots=True)
class GroupReference:
    """``{group: name}``."""

    group: str

    def __str__(self) -> str:
        return f"group {self.group}"


Recipient = Mailbox | GroupReference


def recipient_data(recipient: Recipient) -> str | dict[str, str]:
    """The form a recipient has in a manifest and in stored state."""
    return {"group": recipient.group} if isinstance(recipient, GroupReference) else str(recipient)


def recipient_from_data(data: Any) -> Recipient:
    """The inverse of `recipient_data`; raises `ValueError` for anything else."""
    if isinstance(data, str):
        return parse_mailbox(data)
    if isinstance(data, dict) and set(data) == {"group"} and isinstance(data["group"], str):
        return GroupReference(data["group"])
    raise ValueError("a recipient is an e-mail address or {group: name}")
