"""HTML: styles become attributes, media queries stay, nothing is fetched, text is made, depth is bounded."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.messages.compose.mime import MAX_DEPTH, inline_css, make_text
from reconciler.messages.compose.nesting import measure_growth


@pytest.fixture
def visits() -> Iterator[tuple[int, list[bytes]]]:
    """The port of a listener on loopback, and what came to it."""
    seen: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def listen() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    seen.append(b"visit")

        thread = threading.Thread(target=listen)
        thread.start()
        yield listener.getsockname()[1], seen
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_rules_become_attributes_and_media_queries_stay_in_the_head() -> None:
    html = inline_css(
        "<!doctype html><html><head><style>p { color: red } @media (prefers-color-scheme: dark)"
        " { p { color: white !important } }</style></head><body><p>x</p></body></html>"
    )
    head, _, body = html.partition("<body>")
    assert html.lower().startswith("<!doctype html>")
    assert "@media (prefers-color-scheme: dark)" in head
    assert "color: red" not in head
    assert '<p style="color: red;">x</p>' in body


def test_nothing_is_fetched(visits: tuple[int, list[bytes]], tmp_path: Path) -> None:
    port, seen = visits
    local = tmp_path / "local.css"
    local.write_text("p { color: lime }")
    url = f"http://127.0.0.1:{port}"
    html = inline_css(
        f'<link rel="stylesheet" href="{url}/a.css"><link rel="stylesheet" href="{local}">'
        f'<link rel="stylesheet" href="file://{local}"><style>@import url("{url}/b.css"); p {{ background: url({url}/c.png) }}'
        f'</style><base href="{url}"><img src="{url}/d.png" alt="d"><p>x</p>'
    )
    make_text(html)
    assert seen == []
    assert "lime" not in html
    assert "<link" not in html
    socket.create_connection(("127.0.0.1", port)).close()  # the listener does see what comes


@pytest.mark.parametrize(
    "html", ["", "words alone", "<style>a{", "<style>@media{</style>x", '<p style="color:}">x', "<"]
)
def test_broken_html_is_taken_as_browsers_take_it(html: str) -> None:
    inline_css(html)
    make_text(html)


TAGS = [
    "div",
    "p",
    "b",
    "i",
    "table",
    "tr",
    "td",
    "ul",
    "li",
    "dl",
    "dd",
    "svg",
    "title",
    "br",
    "button",
    "font",
    "form",
]
SOUP = [
    *(f"<{tag}>" for tag in TAGS),
    *(f"</{tag}>" for tag in TAGS),
    "<!--",
    "-->",
    "<!-->",
    "x",
    '<div a="',
    '">',
    "'",
]
ODD = [
    "\0",
    "\ud800",
    "&#0;",
    "&#xD800;",
    '<?xml version="1.0" encoding="latin-1"?>',
    "<td rowspan=9999 colspan=9999>",
    "é",
]


@given(st.lists(st.one_of(st.text(max_size=5), st.sampled_from([*ODD, *SOUP])), max_size=12))
def test_any_html_gives_some_text(pieces: list[str]) -> None:
    make_text(inline_css("".join(pieces)))


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two</p>", "One\n\nTwo\n"),
        ("<ul><li>a<li>b</ul>", "  * a\n  * b\n"),
        ('<a href="https://example.com/a">https://example.com/a</a>', "https://example.com/a\n"),
        ('<a href="mailto:x@example.com">x@example.com</a>', "x@example.com\n"),
        ('<a href="#part">jump</a> <a href="javascript:x()">run</a>', "jump run\n"),
        ('<p style="padding-left: 9999em; margin-top: 9999em">near</p>', "near\n"),
        ('<div style="display: none">hidden</div><p hidden>too</p><p>seen</p>', "seen\n"),
        ("<p>5 &lt; 6 &amp; 7</p><script>no()</script><style>p{}</style>", "5 < 6 & 7\n"),
        ("<table><tr><td>File</td><td>npp.exe</td></tr></table>", "File  npp.exe\n"),
        ("", "\n"),
    ],
)
def test_text_made_from_html(html: str, text: str) -> None:
    assert make_text(html) == text


@pytest.mark.parametrize(
    ("html", "depth"),
    [
        ("", 0),
        ("<p>a<br>b<img src=x></p><p>c</p>", 1),
        ("<div><p>a</p><ul><li>b</li></ul></div>", 3),
        ("<ul>" + "<li>x" * 50 + "</ul><p>y", 2),
        ("<table>" + "<tr><td>x<td>y" * 50 + "</table><table></table>", 3),
        ("<p>a" * 50, 1),
        ("<!-- <div> </div> --><b>x</b>", 1),
        ("<title></div></title>" * 3, 2),
        ('<div title="</div>">' * 7, 7),
        ("<div><!--></div>-->" * 7, 1),
        ("<div a'b></div a'b>" * 7, 1),
        ("<div></x>" * 7, 7),
        ("<div/>" * 7, 7),
    ],
)
def test_depth_of_html(html: str, depth: int) -> None:
    assert measure_growth(html).depth == depth


EVASIONS = [
    "<svg><td>",
    "<math><option></math>",
    "<div>",
    "<div></span>",
    '<div title="</div>">',
    "<div title='</div>'>",
    "<div x=</div>",
    "<div><!--</div>-->",
    "<div><!-- > </div>-->",
    "<div><title></div></title>",
    "<div><textarea></div></textarea>",
    "<div><![CDATA[</div>]]>",
    "<svg><![CDATA[</svg>]]>",
    "<div/>",
    "<DIV\n>",
    "<b><p></b>",
    "<font><div></font>",
]


@pytest.mark.parametrize("piece", EVASIONS)
def test_html_that_would_overflow_the_stack_is_refused(piece: str) -> None:
    with pytest.raises(ValueError, match="tags open at once"):
        inline_css(piece * 20_000)


class _Depth(HTMLParser):
    """How deep well-formed HTML really is."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = self.most = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in ("br", "img", "hr", "meta", "link"):
            self.depth += 1
            self.most = max(self.most, self.depth)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("br", "img", "hr", "meta", "link"):
            self.depth -= 1


@given(st.lists(st.sampled_from(SOUP), max_size=12), st.integers(1, 20))
def test_tag_soup_is_never_much_deeper_than_told(pieces: list[str], times: int) -> None:
    soup = "".join(pieces) * times
    real = _Depth()
    real.feed(re.sub(r"<!--.*?-->", "", inline_css(soup), flags=re.DOTALL))
    assert real.most <= 2.5 * measure_growth(soup).depth + 10


def test_as_deep_as_allowed_is_inlined() -> None:
    depth = MAX_DEPTH
    assert inline_css("<div>" * depth + "x" + "</div>" * depth).count("<div>") == depth
