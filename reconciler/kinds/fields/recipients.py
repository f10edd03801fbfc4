"""Fields that hold people: one mailbox, and sets of recipients in canonical form (sorted, each once)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any

from pydantic import PlainValidator, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

from reconciler.kinds.fields.forms import ADDRESSEES, BARE_ADDRESS, MAILBOX, RECIPIENTS, SOME_RECIPIENTS
from reconciler.kinds.fields.spec import is_stored
from reconciler.kinds.fields.texts import read_name, read_text
from reconciler.kinds.reading.faults import EMPTY, UNKNOWN_FIELD, WRONG_TYPE, Fault, enough, fault, faults, wrong_type
from reconciler.model.configuration.resource import Path
from reconciler.model.mail.mailbox import GroupReference, Mailbox, Recipient, parse_mailbox
from reconciler.model.suggestion import suggest_name

_EXPECTED = "an e-mail address or {group: name}"

MALFORMED = "Malformed address"


def read_mailbox(value: object, *, stored: bool = False) -> Mailbox:
    """``a@example.com`` or ``Name <a@example.com>``. From a manifest only one that mail can really carry."""
    text = read_text(value)
    try:
        mailbox = parse_mailbox(text)
    except ValueError as error:
        raise fault(MALFORMED, f"is not an e-mail address: {error}", _address_hint(text)) from None
    if not stored and not mailbox.sendable:
        raise fault(*_not_ascii(mailbox))
    return mailbox


def read_bare_address(value: object, *, stored: bool = False) -> Mailbox:
    """An address without a name, for the envelope (RFC 5321 section 4.1.2)."""
    mailbox = read_mailbox(value, stored=stored)
    if mailbox.name:
        raise fault(MALFORMED, "carries a name, which an envelope cannot", f"Write {mailbox.address} alone.")
    return mailbox


def read_recipient(value: object, *, stored: bool = False) -> Recipient:
    """A mailbox or ``{group: name}``."""
    if isinstance(value, str):
        return read_mailbox(value, stored=stored)
    if not isinstance(value, Mapping):
        raise wrong_type(_EXPECTED, value)
    for key in value:
        if key != "group":
            hint = suggest_name(str(key), ["group"], "A group is written as {group: name}.")
            raise fault(UNKNOWN_FIELD, f"is not known: a recipient is {_EXPECTED}", hint, (str(key),))
    if "group" not in value:
        raise fault(WRONG_TYPE, f"expects {_EXPECTED}, found an empty mapping", f"Write {_EXPECTED}.")
    try:
        return GroupReference(read_name(value["group"]))
    except PydanticCustomError as error:
        inner = _fault_in(error, ("group",))
        raise fault(inner.summary, inner.detail, inner.hint, inner.at) from None


def read_recipients(value: object, *, stored: bool = False) -> tuple[Recipient, ...]:
    """A list of recipients as a sorted tuple, each address and each group once."""
    if not isinstance(value, list | tuple):
        raise wrong_type(f"a list; each item is {_EXPECTED}", value, "Write it as a list: [ … ].")
    return _canonical(_each(value, stored))


def read_some_recipients(value: object, *, stored: bool = False) -> tuple[Recipient, ...]:
    """`read_recipients`, and at least one."""
    found = read_recipients(value, stored=stored)
    if not found:
        raise fault(EMPTY, "names nobody", "Name at least one e-mail address or {group: name}.")
    return found


def read_addressees(value: object, *, stored: bool = False) -> tuple[Recipient, ...]:
    """`read_recipients`; a string of addresses parted by commas too (RFC 5322 section 3.4: ``address-list``)."""
    if isinstance(value, str):
        return _canonical(_list(read_text(value), stored))
    return read_recipients(value, stored=stored)


def split_addresses(text: str) -> Iterator[str]:
    """The pieces between the commas that stand neither in quotes nor in angle brackets."""
    begun, angled = 0, False
    for found in _SIGNS.finditer(text):
        if found[0] in "<>":
            angled = found[0] == "<"
        elif found[0] == "," and not angled:
            yield text[begun : found.start()].strip()
            begun = found.end()
    yield text[begun:].strip()


_SIGNS = re.compile(r"\"(?:[^\"\\]|\\.)*\"?|[,<>]", re.DOTALL)


MOST_RECIPIENTS = 20_000
"""In one list: more than any server takes for one mail."""


def _require_few(items: Sequence[Any], stored: bool) -> None:
    if len(items) > MOST_RECIPIENTS and not stored:
        detail = f"has {len(items):,} items; a list of recipients holds at most {MOST_RECIPIENTS:,}"
        raise fault("Too many recipients", detail, "Make groups of them, and name the groups.")


def _each(items: Sequence[Any], stored: bool) -> list[Recipient]:
    _require_few(items, stored)
    found: list[Recipient] = []
    wrong: list[Fault] = []
    for index, item in enumerate(items):
        try:
            found.append(read_recipient(item, stored=stored))
        except PydanticCustomError as error:
            wrong.append(_fault_in(error, (index,)))
            if enough(wrong, len(items) - index - 1):
                break
    if wrong:
        raise faults(wrong)
    return found


def _list(text: str, stored: bool) -> list[Recipient]:
    """The addresses of a text; which of them is wrong only the message can tell, for they share one place."""
    found: list[Recipient] = []
    wrong: list[Fault] = []
    pieces = list(split_addresses(text))
    _require_few(pieces, stored)
    for index, piece in enumerate(pieces):
        if enough(wrong, len(pieces) - index):
            break
        try:
            mailbox = parse_mailbox(piece)
        except ValueError as error:
            what = f'holds "{piece}", which is not an e-mail address: {error}' if piece else "holds an empty address"
            wrong.append(Fault(MALFORMED, what, _piece_hint(piece)))
            continue
        found.append(mailbox)
        if not stored and not mailbox.sendable:
            summary, detail, hint = _not_ascii(mailbox)
            wrong.append(Fault(summary, f'holds "{piece}", which {detail}', hint))
    if wrong:
        raise faults(wrong)
    return found


def _canonical(recipients: list[Recipient]) -> tuple[Recipient, ...]:
    """Mailboxes by address, then groups by name. Of one address written twice the spelling with a name stays."""
    mailboxes: dict[str, Mailbox] = {}
    for mailbox in sorted(item for item in recipients if isinstance(item, Mailbox)):
        mailboxes[mailbox.address] = mailbox
    groups = sorted({item for item in recipients if isinstance(item, GroupReference)})
    return (*mailboxes.values(), *groups)


def _fault_in(error: PydanticCustomError, at: Path) -> Fault:
    inner: Fault = (error.context or {})["fault"]
    return Fault(inner.summary, inner.detail, inner.hint, at + inner.at)


def _not_ascii(mailbox: Mailbox) -> tuple[str, str, str]:
    """Summary, detail and hint for an address that no mail can carry."""
    detail = "is not ASCII before the @: servers take such an address only with SMTPUTF8, which is not used here"
    hint = "Write another address of that mailbox, in ASCII; the name beside it may hold any letters."
    return "Address not sendable", detail, hint


def _address_hint(text: str) -> str:
    if not text.strip():
        return "Write an address such as rosa@example.com."
    if "," in text:
        return "In a list every address is an item of its own."
    return "Write an address such as rosa@example.com, or with a name: Rosa <rosa@example.com>."


def _piece_hint(piece: str) -> str:
    if not piece:
        return "Remove the comma that has no address beside it."
    if "@" not in piece:
        return 'A name that holds a comma stands in quotes: "Lind, Rosa" <rosa@example.com>.'
    return "Write it as rosa@example.com or Rosa <rosa@example.com>, with a comma after each but the last."


def _reading(read: Callable[..., Any]) -> PlainValidator:
    """A validator that tells the reader whether it reads stored state."""

    def validate(value: object, info: ValidationInfo) -> Any:
        return read(value, stored=is_stored(info))

    return PlainValidator(validate)


MailboxField = Annotated[Mailbox, _reading(read_mailbox), WithJsonSchema(MAILBOX)]
BareAddress = Annotated[Mailbox, _reading(read_bare_address), WithJsonSchema(BARE_ADDRESS)]
Recipients = Annotated[tuple[Recipient, ...], _reading(read_recipients), WithJsonSchema(RECIPIENTS)]
SomeRecipients = Annotated[tuple[Recipient, ...], _reading(read_some_recipients), WithJsonSchema(SOME_RECIPIENTS)]
Addressees = Annotated[tuple[Recipient, ...], _reading(read_addressees), WithJsonSchema(ADDRESSEES)]
