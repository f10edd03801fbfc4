"""The file transport: every message becomes an ``.eml`` in a folder, byte for byte, and nothing leaves the machine."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from reconciler.delivery.wire import make_fault
from reconciler.model.errors import EnvironmentFault
from reconciler.model.mail.message import RecipientVerdict, Verdict
from reconciler.model.mail.route import Route


class EmlTransport:
    """Implements `reconciler.delivery.protocols.Transport`; the folder is made when missing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def connect(self, route: Route) -> EmlConnection:
        """Raises `TransportFault` when the folder cannot be made."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            detail = f"The folder {self._folder} cannot be made: {error.strerror}."
            raise make_fault(route, "cannot write mail to files", detail, phase="connect") from None
        return EmlConnection(self._folder)


class EmlConnection:
    """Implements `reconciler.delivery.protocols.Connection`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def usable(self) -> bool:
        return True

    def send(self, sender: str, recipients: Sequence[str], data: bytes) -> tuple[RecipientVerdict, ...]:
        """One file for the message, named after its bytes and envelope: sending it again writes the same file."""
        try:
            path = write_eml(self._folder, sender, recipients, data)
        except EnvironmentFault as failed:
            return tuple(RecipientVerdict(address, Verdict.RETRY, failed.summary, "data") for address in recipients)
        reply = f"written to {path.name}"
        return tuple(RecipientVerdict(address, Verdict.DELIVERED, reply, "data") for address in recipients)

    def close(self) -> None:
        return None


def write_eml(folder: Path, sender: str, recipients: Sequence[str], data: bytes) -> Path:
    """Write the bytes to their file (mode 0600): whole or not at all. Raises `EnvironmentFault`."""
    envelope = "\0".join([sender, *sorted(recipients)]).encode()
    digest = hashlib.sha256(envelope + b"\0\0" + data).hexdigest()
    path = folder / f"{digest[:16]}.eml"
    unfinished = path.with_suffix(".part")
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        unfinished.replace(path)
    except OSError as error:
        raise EnvironmentFault(f"{path.name} could not be written: {error.strerror}") from None
    return path
