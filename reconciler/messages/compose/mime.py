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
from inscriptis import _get_html_tree  # type: ignore[import-untyped]  # inscriptis ships no types
from inscriptis.css_profiles import STRICT_CSS_PROFILE  # type: ignore[import-untyped]
from inscriptis.html_engine import Inscriptis  # type: ignore[import-untyped]
from inscriptis.html_properties import Display  # type: ignore[import-untyped]
from inscriptis.model.config import ParserConfig  # type: ignore[import-untyped]
from inscriptis.model.tag import CustomHtmlTagHandlerMapping  # type: ignore[import-untyped]
from inscriptis.model.tag.table_tag import table_end_handler  # type: ignore[import-untyped]

from reconciler.messages.compose.headers import LINE, Headers, write_head_lines
from reconciler.messages.compose.nesting import MAX_TAGS, measure_growth
from reconciler.messages.language.limits import MAX_OUTPUT
from reconciler.messages.language.render import Rendered

__all__ = ["MAX_DEPTH", "Headers", "compose", "inline_css", "make_text"]

MAX_DEPTH = 500
"""Open tags an HTML body may have at once: the CSS inliner recurses, and overflows the stack at some thousands."""
MAX_ATTRIBUTES = 500
"""Attributes of one tag: parsers look each one up among those before it."""
MAX_COPIES = 200_000
"""Elements a parser may add to an HTML body by copying what was left open."""
MAX_STYLED = 100_000_000
"""Characters of CSS times tags of an HTML body: the inliner may write a rule into every element."""
MAX_MERGED = 800_000_000
"""Declarations times different properties times tags: the inliner looks each one up among those an element has."""
MAX_INLINED = 2 * MAX_OUTPUT
"""Characters of an HTML body with its rules as ``style`` attributes."""
MAX_PADDED = 2_000_000
"""Characters of a table as text, with the spaces that align its columns."""
MAX_COPIED = 500_000_000
"""Characters that may be copied where the lines of a text are put together."""

_PLAIN_LINE = re.compile(r"(?!From )(?:[\x20-\x7e]{0,75}[\x21-\x7e])?\Z")
_ASCII = bytes(range(128))
_LINE_END = re.compile(r"\r\n|\r|\n")
_TARGET = re.compile(r" <(?:mailto:)?(\S+)>")
_UNWIELDY = "its text would be much larger than the HTML: a table or a line is too wide; give it a text template"


def compose(rendered: Rendered, headers: Headers) -> bytes:
    """The mail as it goes over the wire, before dot-stuffing: text, or text and HTML as ``multipart/alternative``.

    A missing text is made from the HTML. CSS is inlined; nothing is ever fetched. Raises `ValueError`, in words for
    people, for a header value with CR, LF or NUL, for an address outside ASCII (it would need SMTPUTF8, RFC 6531), for
    a date without a zone, and for HTML that is nested too deep or grows too much.
    """
    lines = write_head_lines(rendered.subject, headers)
    html = None if rendered.html is None else inline_css(rendered.html)
    text = rendered.text if rendered.text is not None else make_text(html or "")
    plain = _part("plain", text)
    if html is None:
        return _join([*lines, *plain])
    rich = _part("html", html)
    boundary = "=_" + hashlib.sha256(_join([headers.message_id, *plain, *rich])).hexdigest()[:32]
    parts = [f"--{boundary}", *plain, f"--{boundary}", *rich, f"--{boundary}--"]
    return _join([*lines, "Content-Type: multipart/alternative;", f' boundary="{boundary}"', "", *parts])


def inline_css(html: str) -> str:
    """The document with its rules as ``style`` attributes; media queries stay in one ``<style>`` of the head.

    Linked style sheets are dropped, never loaded: the inliner would by default fetch URLs and read files.
    """
    _require_modest(html)
    inliner = css_inline.CSSInliner(
        keep_style_tags=False, keep_link_tags=False, keep_at_rules=True, base_url=None, load_remote_stylesheets=False
    )
    try:
        inlined = inliner.inline(html.encode(errors="replace").decode())
    except css_inline.InlineError as error:
        raise ValueError(f"the CSS of the HTML cannot be read: {error}") from None
    if len(inlined) > MAX_INLINED:
        raise ValueError(f"the HTML has more than {MAX_INLINED:,} characters once its CSS is inlined; leave rules out")
    return inlined


def _count_tags(html: str) -> int:
    tags = html.count("<")
    if tags > MAX_TAGS:
        raise ValueError(f"the HTML has more than {MAX_TAGS:,} tags; send less in one mail")
    return tags


def _require_modest(html: str) -> None:
    """Raise `ValueError` for HTML that a parser or the inliner would make too much of."""
    found = measure_growth(html)
    if found.depth > MAX_DEPTH:
        raise ValueError(f"the HTML has more than {MAX_DEPTH} tags open at once; close each tag where its content ends")
    tags = _count_tags(html)
    if found.copies > MAX_COPIES:
        raise ValueError(
            "the HTML leaves formatting open (b, font, a, ...) where much follows; close it where its words end"
        )
    if found.attributes > MAX_ATTRIBUTES:
        raise ValueError(
            f"a tag of the HTML has more than {MAX_ATTRIBUTES} attributes; look for a quote that is missing"
        )
    if _is_heavy(found.sheet, tags):
        raise ValueError("the HTML has too many CSS rules for so many tags; leave out those it does not use")


def make_text(html: str) -> str:
    """The words of an HTML document for a reader without HTML; the target of each link follows it in angle brackets.

    Raises `ValueError`, in words for people, for very many tags, and where a table or a line comes out far larger than they.
    """
    tags = CustomHtmlTagHandlerMapping(
        start_tag_mapping={"a": _link_start}, end_tag_mapping={"a": _link_end, "table": _table_end}
    )
    config = ParserConfig(css=STRICT_CSS_PROFILE, display_links=True, custom_html_tag_handler_mapping=tags)
    config.attribute_handler.attribute_mapping = {"style": _hide, "hidden": _hide_always}
    _count_tags(html)
    tree = _get_html_tree(html)
    if tree is None:
        return "\n"
    lines = [line.rstrip() for line in _TextWalk(tree, config).get_text().split("\n")]
    text = _TARGET.sub(_once, "\n".join(lines))
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n"


class _TextWalk(Inscriptis):  # type: ignore[misc]  # inscriptis ships no types
    """The library's walk, which copies a line for each piece that is added to it: as many as that may cost are allowed."""

    copied = 0

    def _parse_html_tree(self, state: Any, tree: Any) -> Any:
        self.copied += len(state.tags[-1].canvas.current_block._content)
        if self.copied > MAX_COPIED:
            raise ValueError(_UNWIELDY)
        return super()._parse_html_tree(state, tree)


def _is_heavy(sheet: str, tags: int) -> bool:
    """Whether rules on every element would grow the mail, or the list of properties of each, too far."""
    properties = re.findall(r"(?<![\w-])[\w-]++(?=\s*+:)", sheet)
    return len(sheet) * tags > MAX_STYLED or len(properties) * len(set(properties)) * tags > MAX_MERGED


def _table_end(state: Any) -> None:
    """Lay the table out, where that does not take too much room: each cell is padded to its column and row."""
    rows = [[_extent(cell) for cell in row.columns] for row in state.current_table[-1].rows]
    columns = max(map(len, rows), default=0)
    if columns * len(rows) > MAX_PADDED:
        raise ValueError(_UNWIELDY)
    widths = [max(row[index][0] for row in rows if len(row) > index) for index in range(columns)]
    padded = sum(max((height for _, height in row), default=0) * (sum(widths[: len(row)]) + 1) for row in rows)
    if padded > MAX_PADDED:
        raise ValueError(_UNWIELDY)
    table_end_handler(state)


def _extent(cell: Any) -> tuple[int, int]:
    """(width, height) of a cell's text."""
    cell.flush_inline()
    lines = "\n".join(cell.blocks).split("\n")
    return max(map(len, lines)), len(lines)


def _once(found: re.Match[str]) -> str:
    """Nothing, where the words of a link end in its target; what stands there otherwise."""
    return "" if found.string.endswith(found[1], 0, found.start()) else found[0]


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


def _join(lines: Iterable[str]) -> bytes:
    return ("\r\n".join(lines) + "\r\n").encode("ascii")


def _part(subtype: str, content: str) -> list[str]:
    """A text part: its headers, an empty line, its body in the plainest encoding that survives every mail server."""
    lines = _LINE_END.split(content)
    if len(lines) > 1 and not lines[-1]:
        lines.pop()
    encoding, body = _encode_body(lines)
    return [f'Content-Type: text/{subtype}; charset="utf-8"', f"Content-Transfer-Encoding: {encoding}", "", *body]


def _encode_body(lines: list[str]) -> tuple[str, list[str]]:
    if all(map(_PLAIN_LINE.match, lines)):
        return "7bit", lines
    data = ("\r\n".join(lines) + "\r\n").encode(errors="replace")
    beyond_ascii = len(data.translate(None, _ASCII))
    if len(data) + 2 * beyond_ascii > 4 * (len(data) + 2 * len(lines)) // 3 + 4:
        return "base64", _wrap(data)  # what the other encoding would come to need not be tried
    quoted = [_unlike_mbox(line) for line in binascii.b2a_qp(data).decode("ascii").removesuffix("\r\n").split("\r\n")]
    if sum(map(len, quoted)) <= 4 * -(-len(data) // 3):
        return "quoted-printable", quoted
    return "base64", _wrap(data)


def _wrap(data: bytes) -> list[str]:
    whole = base64.b64encode(data).decode("ascii")
    return [whole[at : at + LINE] for at in range(0, len(whole), LINE)]


def _unlike_mbox(line: str) -> str:
    """A line that begins with ``From `` is altered by software that keeps mail in mbox files (RFC 2049 section 3)."""
    return "=46" + line[1:] if line.startswith("From ") and len(line) <= LINE - 2 else line
