"""MIME: a rendered mail and its headers become the bytes that are frozen in the outbox.

Everything is built by hand from tokens that fit their line, because `email.message.EmailMessage` writes encoded-words
inside addresses and folds some headers wrongly. What leaves here is 7-bit, has CRLF line ends only, no line over 998
octets (RFC 5322 section 2.1.1), no encoded line over 76 (RFC 2045 section 6.7), and is the same for the same input.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import css_inline
from inscriptis import get_text  # type: ignore[import-untyped]  # inscriptis ships no types
from inscriptis.css_profiles import STRICT_CSS_PROFILE  # type: ignore[import-untyped]
from inscriptis.html_properties import Display  # type: ignore[import-untyped]
from inscriptis.model.config import ParserConfig  # type: ignore[import-untyped]
from inscriptis.model.tag import CustomHtmlTagHandlerMapping  # type: ignore[import-untyped]

from reconciler.messages.nesting import deepest
from reconciler.messages.render import Rendered
from reconciler.model.mailbox import Mailbox

LINE = 76
"""Characters a folded line may have (RFC 2047 section 2); a single longer token, an address say, stands alone on its line."""

MAX_LINE = 998
MAX_DEPTH = 500
"""Open tags an HTML body may have at once: the CSS inliner recurses, and overflows the stack at some thousands."""

_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_DOT_ATOM = re.compile(rf"{_ATEXT}(\.{_ATEXT})*\Z")
_ATOMS = re.compile(rf"{_ATEXT}( {_ATEXT})*\Z")
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,39}\Z")
_RESERVED = re.compile(
    r"(from|sender|to|cc|bcc|reply-to|subject|date|message-id|mime-version|content-.*)\Z", re.IGNORECASE
)
_PLAIN_LINE = re.compile(r"(?!From )(?:[\x20-\x7e]{0,75}[\x21-\x7e])?\Z")
_PHRASE_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
_LINE_END = re.compile(r"\r\n|\r|\n")


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


def compose(rendered: Rendered, headers: Headers) -> bytes:
    """The mail as it goes over the wire, before dot-stuffing: text, or text and HTML as ``multipart/alternative``.

    A missing text is made from the HTML. CSS is inlined; nothing is ever fetched. Raises `ValueError`, in words for
    people, for a header value with CR, LF or NUL, for an address outside ASCII (it would need SMTPUTF8, RFC 6531), for
    a date without a zone, and for HTML nested too deep.
    """
    lines = _head(rendered.subject, headers)
    html = None if rendered.html is None else inline_css(rendered.html)
    text = rendered.text if rendered.text is not None else text_of(html or "")
    plain = _part("plain", text)
    if html is None:
        return _joined([*lines, *plain])
    rich = _part("html", html)
    boundary = "=_" + hashlib.sha256(_joined([headers.message_id, *plain, *rich])).hexdigest()[:32]
    parts = [f"--{boundary}", *plain, f"--{boundary}", *rich, f"--{boundary}--"]
    return _joined([*lines, "Content-Type: multipart/alternative;", f' boundary="{boundary}"', "", *parts])


def inline_css(html: str) -> str:
    """The document with its rules as ``style`` attributes; media queries stay in one ``<style>`` of the head.

    Linked style sheets are dropped, never loaded: the inliner would by default fetch URLs and read files.
    """
    if deepest(html) > MAX_DEPTH:
        raise ValueError(f"the HTML has more than {MAX_DEPTH} tags open at once; close each tag where its content ends")
    inliner = css_inline.CSSInliner(
        keep_style_tags=False, keep_link_tags=False, keep_at_rules=True, base_url=None, load_remote_stylesheets=False
    )
    try:
        return inliner.inline(html.encode(errors="replace").decode())
    except css_inline.InlineError as error:
        raise ValueError(f"the CSS of the HTML cannot be read: {error}") from None


def text_of(html: str) -> str:
    """The words of an HTML document for a reader without HTML; the target of each link follows it in angle brackets."""
    mapping = CustomHtmlTagHandlerMapping(start_tag_mapping={"a": _link_start}, end_tag_mapping={"a": _link_end})
    config = ParserConfig(css=STRICT_CSS_PROFILE, display_links=True, custom_html_tag_handler_mapping=mapping)
    config.attribute_handler.attribute_mapping = {"style": _hide, "hidden": _hide_always}
    lines = [line.rstrip() for line in get_text(html, config).split("\n")]
    text = re.sub(r"(\S+) <(?:mailto:)?\1>", r"\1", "\n".join(lines))
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n"


def _link_start(state: Any, attrs: Mapping[str, str]) -> None:
    target = attrs.get("href", "").strip()
    state.link_target = target if re.match(r"(https?://|mailto:)\S+\Z", target, re.IGNORECASE) else ""


def _link_end(state: Any) -> None:
    if state.link_target:
        state.tags[-1].write(f" <{state.link_target}>")


def _hide(style: str, element: Any) -> None:
    if re.search(r"(^|;)\s*display\s*:\s*none", style, re.IGNORECASE):
        element.display = Display.none


def _hide_always(_: str, element: Any) -> None:
    element.display = Display.none


def _joined(lines: Iterable[str]) -> bytes:
    return ("\r\n".join(lines) + "\r\n").encode("ascii")


def _head(subject: str, headers: Headers) -> list[str]:
    sender = headers.sender
    if not _DOT_ATOM.match(headers.message_id):
        raise ValueError("the message id may hold only letters, digits and .!#$%&'*+/=?^_`{|}~-")
    if headers.date.tzinfo is None:
        raise ValueError("the date of a mail needs a time zone")
    to = _mailboxes("To", headers.to) if headers.to or headers.cc else ["To: undisclosed-recipients:;"]
    return [
        *_mailboxes("From", (sender,)),
        *to,
        *_mailboxes("Cc", headers.cc),
        *_mailboxes("Reply-To", headers.reply_to),
        *_unstructured("Subject", subject),
        f"Date: {format_datetime(headers.date.astimezone(UTC))}",
        f"Message-ID: <{headers.message_id}@{sender.domain}>",
        *(line for name, value in headers.extra.items() for line in _extra(name, value)),
        "MIME-Version: 1.0",
    ]


def _mailboxes(name: str, mailboxes: tuple[Mailbox, ...]) -> list[str]:
    if not mailboxes:
        return []
    tokens: list[str] = []
    for mailbox in mailboxes:
        tokens.extend(_mailbox(name, mailbox))
        tokens[-1] += ","
    tokens[-1] = tokens[-1][:-1]
    return _folded(name, tokens)


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
    return _encoded_words(header, name)


def _unstructured(header: str, text: str) -> list[str]:
    _refuse_breaks(header, text)
    if _is_plain(text) and all(len(word) <= LINE - 12 for word in text.split(" ")):
        return _folded(header, text.split(" "))
    return _folded(header, _encoded_words(header, text))


def _extra(name: str, value: str) -> list[str]:
    _refuse_breaks(name, value)
    if not _HEADER_NAME.match(name) or _RESERVED.match(name):
        raise ValueError(f"{name!r} cannot be set as an extra header")
    tokens = value.split()
    if not value.isascii() or not value.isprintable() or any(len(t) > MAX_LINE - 50 for t in tokens) or not tokens:
        raise ValueError(f"the header {name} takes printable ASCII, in words of at most {MAX_LINE - 50} characters")
    return _folded(name, tokens)


def _refuse_breaks(header: str, value: str) -> None:
    if any(c in value for c in "\r\n\0"):
        raise ValueError(f"the value of {header} holds a line break or NUL, which could forge mail headers")
    if any("\ud800" <= c <= "\udfff" for c in value):
        raise ValueError(f"the value of {header} holds half a character (an unpaired surrogate)")


def _is_plain(text: str) -> bool:
    """Whether the text survives unencoded: printable ASCII, no space at an end or twice, nothing like an encoded-word."""
    return bool(text) and text.isascii() and text.isprintable() and "=?" not in text and " ".join(text.split()) == text


def _encoded_words(header: str, text: str) -> list[str]:
    """Encoded-words (RFC 2047) of at most 75 characters that fit behind the header's name; no character is split."""
    room = LINE - 1 - len(header) - len(": =?utf-8?q??=")
    quoted = [_quoted(character) for character in text]
    if sum(map(len, quoted)) <= len(text.encode()) * 4 / 3 + 4:
        return [f"=?utf-8?q?{word}?=" for word in _packed(quoted, room)]
    runs = _packed(list(text), room // 4 * 3, lambda c: len(c.encode()))
    return [f"=?utf-8?b?{base64.b64encode(run.encode()).decode()}?=" for run in runs]


def _quoted(character: str) -> str:
    if character == " ":
        return "_"
    return "".join(chr(b) if b in _PHRASE_SAFE else f"={b:02X}" for b in character.encode())


def _packed(pieces: list[str], room: int, size: Callable[[str], int] = len) -> list[str]:
    words, used = [""], 0
    for piece in pieces:
        if used + size(piece) > room:
            words.append("")
            used = 0
        words[-1] += piece
        used += size(piece)
    return words


def _folded(name: str, tokens: list[str]) -> list[str]:
    """A header from tokens with one space between them; a fold may stand at each but the first (RFC 5322 2.2.3)."""
    lines = [f"{name}: {tokens[0]}"]
    for token in tokens[1:]:
        if len(lines[-1]) + 1 + len(token) <= LINE:
            lines[-1] += f" {token}"
        else:
            lines.append(f" {token}")
    return lines


def _part(subtype: str, content: str) -> list[str]:
    """A text part: its headers, an empty line, its body in the plainest encoding that survives every mail server."""
    lines = _LINE_END.split(content)
    if len(lines) > 1 and not lines[-1]:
        lines.pop()
    encoding, body = _encoded_body(lines)
    return [f'Content-Type: text/{subtype}; charset="utf-8"', f"Content-Transfer-Encoding: {encoding}", "", *body]


def _encoded_body(lines: list[str]) -> tuple[str, list[str]]:
    if all(map(_PLAIN_LINE.match, lines)):
        return "7bit", lines
    data = ("\r\n".join(lines) + "\r\n").encode(errors="replace")
    quoted = [_unlike_mbox(line) for line in binascii.b2a_qp(data).decode("ascii").removesuffix("\r\n").split("\r\n")]
    whole = base64.b64encode(data).decode("ascii")
    if sum(map(len, quoted)) <= len(whole):
        return "quoted-printable", quoted
    return "base64", [whole[at : at + LINE] for at in range(0, len(whole), LINE)]


def _unlike_mbox(line: str) -> str:
    """A line that begins with ``From `` is altered by software that keeps mail in mbox files (RFC 2049 section 3)."""
    return "=46" + line[1:] if line.startswith("From ") and len(line) <= LINE - 2 else line
