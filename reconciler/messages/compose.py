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
from collections.abc import Iterable, Mapping
from typing import Any

import css_inline
from inscriptis import get_text  # type: ignore[import-untyped]  # inscriptis ships no types
from inscriptis.css_profiles import STRICT_CSS_PROFILE  # type: ignore[import-untyped]
from inscriptis.html_properties import Display  # type: ignore[import-untyped]
from inscriptis.model.config import ParserConfig  # type: ignore[import-untyped]
from inscriptis.model.tag import CustomHtmlTagHandlerMapping  # type: ignore[import-untyped]

from reconciler.messages.headers import LINE, Headers, head_lines
from reconciler.messages.nesting import deepest
from reconciler.messages.render import Rendered

__all__ = ["MAX_DEPTH", "Headers", "compose", "inline_css", "text_of"]

MAX_DEPTH = 500
"""Open tags an HTML body may have at once: the CSS inliner recurses, and overflows the stack at some thousands."""

_PLAIN_LINE = re.compile(r"(?!From )(?:[\x20-\x7e]{0,75}[\x21-\x7e])?\Z")
_LINE_END = re.compile(r"\r\n|\r|\n")


def compose(rendered: Rendered, headers: Headers) -> bytes:
    """The mail as it goes over the wire, before dot-stuffing: text, or text and HTML as ``multipart/alternative``.

    A missing text is made from the HTML. CSS is inlined; nothing is ever fetched. Raises `ValueError`, in words for
    people, for a header value with CR, LF or NUL, for an address outside ASCII (it would need SMTPUTF8, RFC 6531), for
    a date without a zone, and for HTML nested too deep.
    """
    lines = head_lines(rendered.subject, headers)
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
