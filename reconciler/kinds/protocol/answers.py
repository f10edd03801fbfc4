"""What a kind answers: references, files, findings, rules that shift, and what a resource lets out."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.configuration.address import Address
from reconciler.model.configuration.control import Shift
from reconciler.model.configuration.resource import Path
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
