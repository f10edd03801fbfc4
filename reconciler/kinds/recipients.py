"""Fields that hold people: one mailbox, and sets of recipients in canonical form (sorted, each once)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any

from pydantic import PlainValidator
from pydantic_core import PydanticCustomError

from reconciler.kinds.faults import EMPTY, UNKNOWN_FIELD, WRONG_TYPE, Fault, fault, faults, wrong_type
from reconciler.kinds.fields import read_name, read_text
from reconciler.kinds.kind import Reference
from reconciler.kinds.suggestion import did_you_mean
from reconciler.model.address import Address
from reconciler.model.mailbox import Mailbox, parse_mailbox
from reconciler.model.recipient import GroupReference, Recipient
from reconciler.model.resource import Path, Resource

_EXPECTED = "an e-mail address or {group: name}"


def read_mailbox(value: Any) -> Mailbox:
    """``a@example.com`` or ``Name <a@example.com>``."""
    text = read_text(value)
    try:
        return parse_mailbox(text)
    except ValueError as error:
        raise fault("Malformed address", f"is not an e-mail address: {error}", _address_hint(text)) from None


def read_bare_address(value: Any) -> Mailbox:
    """An address without a name, for the envelope (RFC 5321 section 4.1.2)."""
    mailbox = read_mailbox(value)
    if mailbox.name:
        raise fault("Malformed address", "carries a name, which an envelope cannot", f"Write {mailbox.address} alone.")
    return mailbox


def read_recipient(value: Any) -> Recipient:
    """A mailbox or ``{group: name}``."""
    if isinstance(value, str):
        return read_mailbox(value)
    if not isinstance(value, Mapping):
        raise wrong_type(_EXPECTED, value)
    for key in value:
        if key != "group":
            hint = did_you_mean(str(key), ["group"], "A group is written as {group: name}.")
            raise fault(UNKNOWN_FIELD, f"is not known: a recipient is {_EXPECTED}", hint, (str(key),))
    if "group" not in value:
        raise fault(WRONG_TYPE, f"expects {_EXPECTED}, found an empty mapping")
    try:
        return GroupReference(read_name(value["group"]))
    except PydanticCustomError as error:
        raise faults([_fault_in(error, ("group",))]) from None


def read_recipients(value: Any) -> tuple[Recipient, ...]:
    """A list of recipients as a sorted tuple, each address and each group once."""
    if not isinstance(value, list | tuple):
        raise wrong_type(f"a list; each item is {_EXPECTED}", value, "Write it as a list: [ … ].")
    return _canonical(_each(value))


def read_some_recipients(value: Any) -> tuple[Recipient, ...]:
    """`read_recipients`, and at least one."""
    found = read_recipients(value)
    if not found:
        raise fault(EMPTY, "names nobody", "Name at least one e-mail address or {group: name}.")
    return found


def read_addressees(value: Any) -> tuple[Recipient, ...]:
    """`read_recipients`; a string of addresses parted by commas too (RFC 5322 section 3.4: ``address-list``)."""
    if isinstance(value, str):
        return _canonical(_listed(read_text(value)))
    return read_recipients(value)


def split_addresses(text: str) -> Iterator[str]:
    """The pieces between the commas that stand neither in quotes nor in angle brackets."""
    piece, quoted, angled, escaped = "", False, False, False
    for character in text:
        if character == "," and not quoted and not angled:
            yield piece.strip()
            piece = ""
            continue
        piece += character
        if escaped:
            escaped = False
        elif quoted and character == "\\":
            escaped = True
        elif character == '"':
            quoted = not quoted
        elif not quoted:
            angled = character == "<" or (angled and character != ">")
    yield piece.strip()


def group_references(resource: Resource, path: Path, recipients: Iterable[Recipient]) -> Iterator[Reference]:
    """A reference for each group among the recipients, where it is written; ``path`` is the field that holds them."""
    for recipient in recipients:
        if isinstance(recipient, GroupReference):
            yield Reference(_written_at(resource, path, recipient.group), Address("Group", recipient.group))


def _written_at(resource: Resource, path: Path, group: str) -> Path:
    """Recipients are kept sorted, so a group is looked for where the document has it."""
    found = resource.document.data if resource.document else None
    for part in path:
        if not isinstance(found, Mapping | list):
            return path
        found = found[part]  # type: ignore[index]  # the path was read from this very document
    items = found if isinstance(found, list) else []
    for index, item in enumerate(items):
        if isinstance(item, Mapping) and item.get("group") == group:
            return (*path, index, "group")
    return path


def _each(items: Iterable[Any]) -> list[Recipient]:
    found: list[Recipient] = []
    wrong: list[Fault] = []
    for index, item in enumerate(items):
        try:
            found.append(read_recipient(item))
        except PydanticCustomError as error:
            wrong.append(_fault_in(error, (index,)))
    if wrong:
        raise faults(wrong)
    return found


def _listed(text: str) -> list[Recipient]:
    """The addresses of a text; which of them is wrong only the message can tell, for they share one place."""
    found: list[Recipient] = []
    wrong: list[Fault] = []
    for piece in split_addresses(text):
        try:
            found.append(parse_mailbox(piece))
        except ValueError as error:
            what = f'holds "{piece}", which is not an e-mail address: {error}' if piece else "holds an empty address"
            wrong.append(Fault("Malformed address", what, _piece_hint(piece)))
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


def _address_hint(text: str) -> str:
    if not text.strip():
        return "Write an address such as rosa@example.com."
    if "," in text:
        return "In a list every address is an item of its own."
    return "Write an address such as rosa@example.com, or with a name: Rosa <rosa@example.com>."


def _piece_hint(piece: str) -> str:
    if not piece:
        return "Remove the comma that has no address beside it."
    return "" if "@" in piece else 'A name that holds a comma stands in quotes: "Lind, Rosa" <rosa@example.com>.'


MailboxField = Annotated[Mailbox, PlainValidator(read_mailbox)]
BareAddress = Annotated[Mailbox, PlainValidator(read_bare_address)]
Recipients = Annotated[tuple[Recipient, ...], PlainValidator(read_recipients)]
SomeRecipients = Annotated[tuple[Recipient, ...], PlainValidator(read_some_recipients)]
Addressees = Annotated[tuple[Recipient, ...], PlainValidator(read_addressees)]
