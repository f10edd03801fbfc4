"""Stored files: what a manifest names by path and a resource keeps with it, such as a certificate authority."""

from __future__ import annotations

import ssl

from reconciler.model.errors import UserError
from reconciler.sources.reading import Root, Unreadable


class FileMissing(UserError):
    """A name that gives no file. ``reason``: the end of a sentence."""

    code = "file"

    def __init__(self, name: str, reason: str) -> None:
        hint = "Paths of files are relative to the project folder and stay inside it."
        super().__init__("File not found", f'The file "{name}" gives no content: {reason}.', hint)
        self.name = name
        self.reason = reason


def read_file(project: Root, name: str) -> bytes:
    """The content of a file inside the project folder, at most 1 MiB. Raises `FileMissing`."""
    try:
        return project.read_below(".", name)
    except Unreadable as fault:
        raise FileMissing(name, fault.reason) from fault


def require_certificates(name: str, content: bytes) -> None:
    """Raise `UserError` where the file holds no PEM certificate that TLS could trust."""
    try:
        # What stands between certificates is comment, in any language; ssl takes ASCII.
        text = content.decode("ascii", "replace").replace("\ufffd", "?")
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=text)
    except (ssl.SSLError, ValueError) as fault:
        raise UserError(
            "Not a certificate",
            f'The file "{name}" holds no PEM certificate that can be read.',
            "Name a file with the authority's certificate, from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----.",
        ) from fault
