"""Mailboxes: an e-mail address with an optional display name (RFC 5322 section 3.4)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

_NAMED = re.compile(r"\s*(?P<name>\"(?:[^\"\\]|\\.)*\"|[^<>\"]*?)\s*<(?P<address>[^<>]*)>\s*\Z")
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")
_NEEDS_QUOTES = re.compile(r"[()<>\[\]:;@\\,.\"]")


@dataclass(frozen=True, order=True, slots=True)
class Mailbox:
    """``address`` is ``local@domain`` with the domain as lower-case A-label (RFC 5890); ``name`` may be empty."""

    address: str
    name: str = ""

    @property
    def domain(self) -> str:
        """The A-label domain."""
        return self.address.rpartition("@")[2]

    def __str__(self) -> str:
        if not self.name:
            return self.address
        name = self.name
        if _NEEDS_QUOTES.search(name):
            escaped = name.replace("\\", "\\\\").replace('"', '\\"')
            name = f'"{escaped}"'
        return f"{name} <{self.address}>"


@lru_cache(maxsize=16_384)
def parse_mailbox(text: str) -> Mailbox:
    """``a@example.com`` or ``Name <a@example.com>`` as a `Mailbox`.

    Syntax only: nothing is looked up, special-use domains (``localhost``, ``.test``) are accepted. Raises `ValueError`
    with a sentence for people; the sentence never repeats a control character.
    """
    if _FORBIDDEN.search(text):
        raise ValueError("it holds a line break or another control character, which could forge mail headers")
    named = _NAMED.match(text)
    name, address = (named["name"], named["address"]) if named else ("", text)
    if name.startswith('"'):
        name = re.sub(r"\\(.)", r"\1", name[1:-1])
    try:
        valid = validate_email(address.strip(), check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError as error:
        raise ValueError(str(error).rstrip(".")) from None
    return Mailbox(f"{valid.local_part}@{valid.ascii_domain}", name.strip())
