"""What a kind is to everybody else: the protocol, and the values a kind yields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import BaseModel

from reconciler.kinds.protocol.world import World
from reconciler.messages.mail import MailCase
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.control import Shift
from reconciler.model.configuration.effect import Effect
from reconciler.model.configuration.resource import Path, Resource
from reconciler.model.diagnostic import Severity
from reconciler.model.mail.mailbox import Recipient


@dataclass(frozen=True, slots=True)
class Reference:
    """A field that names another resource. ``path`` from the document's root (``("spec", "smtpServer")``)."""

    path: Path
    target: Address


@dataclass(frozen=True, slots=True)
class FileNeed:
    """A file whose content is stored with the resource; ``name`` is relative to the project.

    ``certificates``: it has to hold PEM certificates.
    """

    path: Path
    name: str
    certificates: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """A diagnostic before it has a place; see `reconciler.model.diagnostic.Diagnostic` for the words."""

    path: Path
    summary: str
    detail: str
    hint: str = ""
    severity: Severity = Severity.ERROR


@dataclass(frozen=True, slots=True)
class RuleShift:
    """A rule that a resource sets otherwise than before; the words are those of `ControlChange`."""

    fact: str
    before: str
    after: str
    shift: Shift


@dataclass(frozen=True, slots=True)
class Way:
    """How one mail of a resource leaves: ``server`` is the SmtpServer that carries it, ``by`` the resource that chooses it.

    ``mail``: which of the resource's mails, empty where there is one. ``decides``: whether approvers answer it.
    """

    server: Address
    by: Address
    mail: str = ""
    decides: bool = False


@dataclass(frozen=True, slots=True)
class Exposure:
    """What a resource lets out. ``recipients``: whom its mail may reach; ``ways``: how each of its mails leaves.

    ``secrets``: names of secrets, each with the host it is sent to, empty where the resource only names it. ``host``: of a
    server, where it is; all names of this very machine are one.
    """

    recipients: tuple[Recipient, ...] = ()
    ways: tuple[Way, ...] = ()
    secrets: tuple[tuple[str, str], ...] = ()
    host: str = ""

    @property
    def servers(self) -> frozenset[Address]:
        """The SmtpServers that carry its mail."""
        return frozenset(way.server for way in self.ways)


NOTHING_LET_OUT = Exposure()
"""Of a resource that sends nothing to anybody."""

Upgrade = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""A pure step from a stored spec of one schema version to the next."""


class Kind(Protocol):
    """One kind of resource. Every method is pure; `world` holds only resources that decoded without an error."""

    @property
    def name(self) -> str:
        """As manifests write it: ``SmtpServer``."""

    @property
    def manual(self) -> str:
        """The user's manual of the kind: its module docstring."""

    @property
    def schema_version(self) -> int:
        """Version of the stored spec; grows when an older stored spec needs an upgrade."""

    @property
    def upgrades(self) -> tuple[Upgrade, ...]:
        """One per earlier schema version, oldest first: the n-th lifts a stored spec of version n to version n + 1."""

    @property
    def spec(self) -> type[BaseModel]:
        """The spec's model."""

    @property
    def sets(self) -> tuple[str, ...]:
        """JSON Pointers below the spec of lists that are sets (``/members``); ``*`` stands for any index or key."""

    @property
    def ordered(self) -> tuple[str, ...]:
        """JSON Pointers below the spec of maps whose order people see in mail (``/fields``)."""

    def references(self, resource: Resource) -> Iterable[Reference]:
        """Every reference the spec holds."""

    def files(self, resource: Resource) -> Iterable[FileNeed]:
        """Files of the project whose content is stored with the resource."""

    def check(self, resource: Resource, world: World) -> Iterable[Finding]:
        """Faults that need more than the schema. References that hit nothing are found elsewhere."""

    def mails(self, resource: Resource, world: World) -> Iterable[MailCase]:
        """Every mail the resource gives words to, each with the context it is rendered in and its samples."""

    def effects(self, before: Resource | None, after: Resource | None, world: World) -> Iterable[Effect]:
        """What the change causes besides being recorded. ``world`` is the one after the whole change."""

    def weakenings(self, before: Resource, after: Resource) -> Iterable[RuleShift]:
        """Every rule that ``after`` sets weaker than ``before``, or stronger, or otherwise.

        Both are of this kind. They may have two addresses: what followed the one now follows the other.
        """

    def exposure(self, resource: Resource, world: World) -> Exposure:
        """What the resource lets out, in the world it stands in."""
