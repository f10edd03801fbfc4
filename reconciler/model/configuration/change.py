"""Changes: one address's before and after; and effects, what a change causes besides being recorded.

Effects are a closed union of plain values. A kind yields them from (before, after); the state turns them into rows inside
the apply's transaction; the runner does the work when it finds those rows due. No effect does network I/O.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from reconciler.model.configuration.address import Address
from reconciler.model.configuration.resource import Record


@dataclass(frozen=True, slots=True)
class AskApprovers:
    """Who may decide has changed: every pending request looks again at whom it has to ask. ``because``: an address."""

    because: str

    def __str__(self) -> str:
        return f"pending requests look again at whom to ask ({self.because} changed)"


@dataclass(frozen=True, slots=True)
class RetryMessages:
    """A mail server has changed: mail waiting for it is due at once. ``server``: the resource's name."""

    server: str

    def __str__(self) -> str:
        return f"mail waiting for SmtpServer/{self.server} is tried again at once"


@dataclass(frozen=True, slots=True)
class ReleaseHeld:
    """Nothing holds mail back any more: all that was held is due at once."""

    def __str__(self) -> str:
        return "mail that was held back is due at once"


@dataclass(frozen=True, slots=True)
class RetryAmbiguous:
    """Mail whose delivery was left unknown is sent again from now on, that which was held back too."""

    def __str__(self) -> str:
        return "mail whose delivery was left unknown is sent again at once"


Effect = AskApprovers | RetryMessages | ReleaseHeld | RetryAmbiguous


@dataclass(frozen=True, slots=True)
class MailDiff:
    """One mail of one resource on one sample (``typical`` or ``awkward``), before and after.

    ``slot``: task, start, completed. ``to``: who gets it, in words. ``subject`` is the one after (before, where the mail
    goes). ``diff``: unified, over headers, subject and both bodies; empty when the words on this sample are the same although
    a template was edited, and then ``changed`` is False. ``html_before`` and ``html_after`` are for the side-by-side view.
    ``alike``: other resources whose mail changes in the very same way, which are not listed again.
    """

    address: Address
    sample: str
    slot: str
    to: str
    subject: str
    changed: bool
    diff: str
    html_before: str = ""
    html_after: str = ""
    alike: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class TemplateEdit:
    """What was edited of a template and no typical mail shows. ``addresses``: whose changes it comes with.

    ``diff``: unified, of the source, without its file lines; every edited line that holds or lies inside a tag, an expression
    or a comment is in it. ``new``: there was no such template before.
    """

    template: str
    addresses: tuple[Address, ...]
    diff: str
    new: bool = False


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

    @property
    def title(self) -> str:
        """The human name afterwards, of what goes before; empty where it has none."""
        record = self.after or self.before
        return record.title if record else ""
