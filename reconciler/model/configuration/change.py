"""Changes: one address's before and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from reconciler.model.configuration.address import Address
from reconciler.model.configuration.effect import Effect
from reconciler.model.configuration.resource import Record
from reconciler.model.mail.mail_diff import MailDiff


class Action(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class LastUse:
    """When a request or a message last came about through a resource; None: never, as far as the state remembers."""

    at: datetime | None


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One changed field. ``path`` is a JSON Pointer (RFC 6901) below the record's content (``/spec/uri``).

    For lists that are sets, ``added`` and ``removed`` hold what joined and what left; elsewhere both are None.
    ``before``/``after`` are plain data, None where the field was absent.
    """

    path: str
    before: Any
    after: Any
    added: tuple[Any, ...] | None = None
    removed: tuple[Any, ...] | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one address. ``reason``: a few words why. ``fields`` is empty for create and delete.

    ``stated``: for a create, by JSON Pointer, what new metadata and spec say beyond their defaults; else empty. ``previous``: the
    address a move comes from. ``messages``: how the mail it gives words to changes, once the sources have been loaded.
    ``last_use``: of a delete, where its kind leaves traces. ``effects``: all that are carried out; ``told``: those of them
    that can be felt as things are.
    """

    address: Address
    action: Action
    reason: str
    before: Record | None = None
    after: Record | None = None
    fields: tuple[FieldChange, ...] = ()
    effects: tuple[Effect, ...] = ()
    stated: Mapping[str, Any] = field(default_factory=dict)
    previous: Address | None = None
    messages: tuple[MailDiff, ...] = ()
    last_use: LastUse | None = None
    told: tuple[Effect, ...] = ()

    @property
    def owner(self) -> str:
        """Who governs the resource: the new owner where it stays, the old one where it goes."""
        record = self.after or self.before
        return record.owner if record else ""
