"""Mailboxes: an e-mail address with an optional display name (RFC 5322 section 3.4)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_NAMED = re.compile(r"(?P<name>\s*\"(?:[^\"\\]|\\.)*\"\s*|[^<>\"]*)<(?P<address>[^<>]*)>\s*\Z")
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")
_LOCAL_REFUSES = re.compile(r"[()<>\[\]:;,\\\"]")
_DOMAIN_REFUSES = re.compile(r"[^\w.-]|_")
_MAX_ADDRESS, _MAX_LABEL, _MAX_LINE = 254, 63, 998
"""Characters (RFC 5321 section 4.5.3.1.3 less the angle brackets; RFC 1035 section 2.3.4; RFC 5322 section 2.1.1)."""

_NEEDS_QUOTES = re.compile(r"[()<>\[\]:;@\\,.\"]")


_PLAIN = re.compile(r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?:[a-z0-9]{1,63}\.)+[a-z]{2,63}\Z")


def is_plain(text: str) -> bool:
    """Whether it is an ordinary address in lower case, as nearly all are: sound, and spelled as it is compared."""
    return len(text) <= _MAX_LABEL and _PLAIN.match(text) is not None


@dataclass(frozen=True, order=True, slots=True)
class Mailbox:
    """``address`` is ``local@domain`` with the domain as lower-case A-label (RFC 5890); ``name`` may be empty."""

    address: str
    name: str = ""

    @property
    def domain(self) -> str:
        """The A-label domain."""
        return self.address.rpartition("@")[2]

    @property
    def sendable(self) -> bool:
        """Whether mail can be sent to it and from it: what is not ASCII before the @ needs SMTPUTF8 (RFC 6531), which is not
        used here."""
        return self.address.isascii()

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
    with what is wrong, for people, to go on after "it is not an e-mail address: "; a control character is never repeated.
    """
    if _FORBIDDEN.search(text):
        raise ValueError("it holds a line break or another control character, which could forge mail headers")
    if len(text) > _MAX_LINE:
        raise ValueError(f"it is too long: at most {_MAX_LINE} characters, the name included")
    if is_plain(text):
        return Mailbox(text)
    named = _NAMED.match(text)
    name, address = (named["name"].strip(), named["address"]) if named else ("", text)
    if name.startswith('"'):
        name = re.sub(r"\\(.)", r"\1", name[1:-1])
    # email_validator costs over 50 ms to import, and a process that only renders reads no address.
    from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email  # noqa: PLC0415

    SPECIAL_USE_DOMAIN_NAMES.clear()  # the library's own switch: a relay in a network of its own has such names
    try:
        valid = validate_email(address.strip(), check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        raise ValueError(_fault(address.strip())) from None
    return Mailbox(f"{valid.local_part}@{valid.ascii_domain}", name.strip())


def _fault(address: str) -> str:
    """Why a text is no address (RFC 5321 section 4.1.2), in words of our own."""
    local, at, domain = address.partition("@")
    if not address:
        return "it is empty"
    if not at:
        return "it has no @"
    if "@" in domain:
        return "it has more than one @"
    if not local or not domain:
        return f"nothing stands {'before' if not local else 'after'} the @"
    if any(character.isspace() for character in address):
        return "it holds a space"
    for part, where in ((local, "before"), (domain, "after")):
        if part.startswith(".") or part.endswith(".") or ".." in part:
            return f"a dot stands first, last or beside another dot {where} the @"
    return _fault_of_characters(local, domain)


def _fault_of_characters(local: str, domain: str) -> str:
    if character := _LOCAL_REFUSES.search(local):
        return f"“{character[0]}” may not stand before the @"
    if character := _DOMAIN_REFUSES.search(domain):
        return f"“{character[0]}” may not stand after the @"
    if len(local) + 1 + len(domain) > _MAX_ADDRESS or any(len(label) > _MAX_LABEL for label in domain.split(".")):
        return f"it is too long: at most {_MAX_ADDRESS} characters, {_MAX_LABEL} of them between two dots after the @"
    return "it does not have the form name@example.com"


@dataclass(frozen=True, order=True, slots=True)
class GroupReference:
    """``{group: name}``."""

    group: str

    def __str__(self) -> str:
        return f"group {self.group}"


Recipient = Mailbox | GroupReference


def write_recipient(recipient: Recipient) -> str | dict[str, str]:
    """The form a recipient has in a manifest and in stored state."""
    return {"group": recipient.group} if isinstance(recipient, GroupReference) else str(recipient)
