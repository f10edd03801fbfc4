"""Whatever HTML comes out of a template, it becomes a mail with a text, or is refused in words, soon and in little room."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from reconciler.messages.compose.mime import Headers, compose
from reconciler.messages.language.limits import MAX_OUTPUT
from reconciler.messages.language.render import Rendered
from reconciler.model.mail.mailbox import Mailbox
from tests.fuzz.within import within
from tests.support.draws import drawn

HEADERS = Headers(
    Mailbox("desk@example.com", ""), "abc", datetime(2027, 3, 1, tzinfo=UTC), (Mailbox("a@example.com", ""),)
)
NAMES = ["p", "b", "i", "a", "div", "span", "table", "tr", "td", "th", "ul", "ol", "li", "pre", "br", "img", "svg", "math", "h1",
         "style", "script", "title", "textarea", "template", "font", "nobr", "tbody", "select", "option", "form"]  # fmt: skip
PIECES = [
    "x", "ab ", "\n", "é", "😀", "&amp;", "&#x202e;", "&", "<", ">", "'", '"', "<!--", "-->", "<![CDATA[", "]]>",
    "<!doctype html>", '<a href="https://a.example/x">https://a.example/x</a>', " <https://a.example>",
    '<p style="display:none">', "<p hidden>", "<td colspan=9999>", '<img src="file:///etc/passwd">', '<link rel=stylesheet href="file:///etc/passwd">',
    "<?xml version='1.0'?>",
    "<style>a{b:c}</style>", "<style>p{color:red;x:y}@media print{a{b:c}}", "a{b:c}", "p,td,a:not(b)~i{d:e;f:g}", "*{", "}", "/*",
    "<a id=1 class=k style='a:b;c:d'>", " a=b", "\0", "\ud800", "\x85",
]  # fmt: skip
piece = st.sampled_from(PIECES) | st.sampled_from(NAMES).flatmap(
    lambda name: st.sampled_from([f"<{name}>", f"</{name}>", f"<{name} "])
)
runs = st.builds(
    lambda pieces, times: "".join(pieces) * times,
    st.lists(piece, min_size=1, max_size=5),
    st.sampled_from([1, 1, 2, 40, 600, 9_000]),
)


@drawn(30)
@given(st.lists(runs, min_size=1, max_size=5).map("".join))
def test_any_page_becomes_a_mail_or_is_refused(page: str) -> None:
    with within():
        try:
            data = compose(Rendered("x", None, page[:MAX_OUTPUT]), HEADERS)
        except ValueError as unusable:
            assert " " in str(unusable) and "Error" not in str(unusable)
            return
    assert data.isascii() and b"root:" not in data
    assert max(map(len, data.split(b"\r\n"))) <= 998
