"""A mail's head: addresses, subject and all else above its body, in tokens that fit their line.

Written by hand, because `email.message.EmailMessage` writes encoded-words inside addresses and folds some headers wrongly.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime

from reconciler.model.mail.mailbox import Mailbox

LINE = 76
"""Characters a folded line may have (RFC 2047 section 2); a single longer token, an address say, stands alone on its line."""

MAX_LINE = 998
_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_DOT_ATOM = re.compile(rf"{_ATEXT}(\.{_ATEXT})*\Z")
_ATOMS = re.compile(rf"{_ATEXT}( {_ATEXT})*\Z")
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,39}\Z")
_RESERVED = re.compile(
    r"(from|sender|to|cc|bcc|reply-to|subject|date|message-id|mime-version|content-.*)\Z", re.IGNORECASE
)
_PHRASE_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")


@dataclass(frozen=True, slots=True)
class Headers:
    """What stands in a mail's head besides the subject. Blind-copy recipients are envelope only and have no place here.

    ``message_id``: the part left of the ``@``, unique for ever; the right part is the sender's domain. ``date`` is
    zone-aware and written in UTC. ``extra``: further headers by name, printable ASCII (``Auto-Submitted``).
    """

    sender: Mailbox
    message_id: str
    date: datetime
    to: tuple[Mailbox, ...] = ()
    cc: tuple[Mailbox, ...] = ()
    reply_to: tuple[Mailbox, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict)


def write_head_lines(subject: str, headers: Headers) -> list[str]:
    """Every line above the body but those that tell its form. Raises `ValueError`, in words for people."""
    sender = headers.sender
    if not _DOT_ATOM.match(headers.message_id):
        raise ValueError("the message id may hold only letters, digits and .!#$%&'*+/=?^_`{|}~-")
    if headers.date.tzinfo is None:
        raise ValueError("the date of a mail needs a time zone")
    to = _list_mailboxes("To", headers.to) if headers.to or headers.cc else ["To: undisclosed-recipients:;"]
    return [
        *_list_mailboxes("From", (sender,)),
        *to,
        *_list_mailboxes("Cc", headers.cc),
        *_list_mailboxes("Reply-To", headers.reply_to),
        *_unstructured("Subject", subject),
        f"Date: {format_datetime(headers.date.astimezone(UTC))}",
        f"Message-ID: <{headers.message_id}@{sender.domain}>",
        *(line for name, value in headers.extra.items() for line in _extra(name, value)),
        "MIME-Version: 1.0",
    ]


def _list_mailboxes(name: str, mailboxes: tuple[Mailbox, ...]) -> list[str]:
    if not mailboxes:
        return []
    tokens: list[str] = []
    for mailbox in mailboxes:
        tokens.extend(_mailbox(name, mailbox))
        tokens[-1] += ","
    tokens[-1] = tokens[-1][:-1]
    return _fold(name, tokens)


def _mailbox(header: str, mailbox: Mailbox) -> list[str]:
    """The tokens of one mailbox; a name is atoms, a quoted string or encoded-words, the address always as it is."""
    _refuse_breaks(header, mailbox.name + mailbox.address)
    if not mailbox.address.isascii():
        raise ValueError(
            f"{header} holds the address {mailbox.address}, which is not ASCII: mail servers take it only with SMTPUTF8"
        )
    if any(c in mailbox.address for c in ' <>,;"()') or "@" not in mailbox.address:
        raise ValueError(f"{header} holds {mailbox.address!r}, which is no e-mail address")
    if not mailbox.name:
        return [mailbox.address]
    return [*_phrase(header, mailbox.name), f"<{mailbox.address}>"]


def _phrase(header: str, name: str) -> list[str]:
    if _is_plain(name):
        if _ATOMS.match(name):
            return name.split(" ")
        quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
        if len(quoted) <= LINE - 12:
            return [quoted]
    return _encode_words(header, name)


def _unstructured(header: str, text: str) -> list[str]:
    _refuse_breaks(header, text)
    if _is_plain(text) and all(len(word) <= LINE - 12 for word in text.split(" ")):
        return _fold(header, text.split(" "))
    return _fold(header, _encode_words(header, text))


def _extra(name: str, value: str) -> list[str]:
    _refuse_breaks(name, value)
    if not _HEADER_NAME.match(name) or _RESERVED.match(name):
        raise ValueError(f"{name!r} cannot be set as an extra header")
    tokens = value.split()
    if not value.isascii() or not value.isprintable() or any(len(t) > MAX_LINE - 50 for t in tokens) or not tokens:
        raise ValueError(f"the header {name} takes printable ASCII, in words of at most {MAX_LINE - 50} characters")
    return _fold(name, tokens)


def _refuse_breaks(header: str, value: str) -> None:
    if any(c in value for c in "\r\n\0"):
        raise ValueError(f"the value of {header} holds a line break or NUL, which could forge mail headers")
    if any("\ud800" <= c <= "\udfff" for c in value):
        raise ValueError(f"the value of {header} holds half a character (an unpaired surrogate)")


def _is_plain(text: str) -> bool:
    """Whether the text survives unencoded: printable ASCII, no space at an end or twice, nothing like an encoded-word."""
    return bool(text) and text.isascii() and text.isprintable() and "=?" not in text and " ".join(text.split()) == text


def _encode_words(header: str, text: str) -> list[str]:
    """Encoded-words (RFC 2047) of at most 75 characters that fit behind the header's name; no character is split."""
    room = LINE - 1 - len(header) - len(": =?utf-8?q??=")
    quoted = [_quote(character) for character in text]
    if sum(map(len, quoted)) <= len(text.encode()) * 4 / 3 + 4:
        return [f"=?utf-8?q?{word}?=" for word in _pack(quoted, room)]
    runs = _pack(list(text), room // 4 * 3, lambda c: len(c.encode()))
    return [f"=?utf-8?b?{base64.b64encode(run.encode()).decode()}?=" for run in runs]


def _quote(character: str) -> str:
    if character == " ":
        return "_"
    return "".join(chr(b) if b in _PHRASE_SAFE else f"={b:02X}" for b in character.encode())


def _pack(pieces: list[str], room: int, size: Callable[[str], int] = len) -> list[str]:
    words, used = [""], 0
    for piece in pieces:
        if used + size(piece) > room:
            words.append("")
            used = 0
        words[-1] += piece
        used += size(piece)
    return words


def _fold(name: str, tokens: list[str]) -> list[str]:
    """A header from tokens with one space between them; a fold may stand at each but the first (RFC 5322 2.2.3)."""
    lines = [f"{name}: {tokens[0]}"]
    for token in tokens[1:]:
        if len(lines[-1]) + 1 + len(token) <= LINE:
            lines[-1] += f" {token}"
        else:
            lines.append(f" {token}")
    return lines
