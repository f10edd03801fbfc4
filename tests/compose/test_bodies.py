"""The bodies of a composed mail: what was rendered arrives, in 7 bits, in lines every mail server takes."""

from __future__ import annotations

import email.message
import email.policy
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.messages.compose.mime import Headers, compose
from reconciler.messages.language.render import Rendered
from reconciler.model.mail.mailbox import Mailbox

HEADERS = Headers(
    Mailbox("desk@example.com"), "msg_1", datetime(2026, 3, 2, tzinfo=UTC), to=(Mailbox("a@example.com"),)
)


def composed(text: str | None, html: str | None = None) -> tuple[bytes, email.message.EmailMessage]:
    data = compose(Rendered("Subject", text, html), HEADERS)
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(message, email.message.EmailMessage)
    assert not message.defects
    return data, message


def words(message: email.message.EmailMessage) -> str:
    """The decoded text with LF line ends and without the last one, which belongs to the MIME structure."""
    payload = message.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode().replace("\r\n", "\n").removesuffix("\n")


def lf(text: str) -> str:
    return re.sub(r"\r\n?", "\n", text).removesuffix("\n")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Short and plain.\n", "7bit"),
        ("", "7bit"),
        ("x" * 77, "quoted-printable"),
        ("trailing space \n", "quoted-printable"),
        ("From here on\n", "quoted-printable"),
        ("a\x0bb", "quoted-printable"),
        ("Größe 5 µm, mostly plain words around it", "quoted-printable"),
        ("承認してください" * 20, "base64"),
    ],
)
def test_the_plainest_encoding_that_survives_is_chosen(text: str, encoding: str) -> None:
    data, message = composed(text)
    assert message["Content-Transfer-Encoding"] == encoding
    assert words(message) == lf(text)
    assert b"\r\nFrom " not in data[len(b"From: ") :]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=400))
def test_any_text_arrives_as_it_was(text: str) -> None:
    data, message = composed(text)
    assert data.isascii()
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n|\0", data)
    assert all(len(line) <= 76 for line in data.split(b"\r\n"))
    assert words(message) == lf(text)


@pytest.mark.parametrize("text", ["a\n.\nb", "a\r.\rb", "a\n.\r\nb", "\r\n.\r\n", ".", "a\r\n.\n\r.\r\nMAIL FROM:<x>"])
def test_no_bare_line_end_leaves_however_the_text_was_written(text: str) -> None:
    data, message = composed(text)
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", data)
    assert words(message) == lf(text)


def test_half_a_character_is_replaced_rather_than_lost() -> None:
    assert words(composed("half \ud83d here")[1]) == "half ? here"


def test_text_and_html_stand_side_by_side_text_first() -> None:
    _, message = composed("The text\n", "<p>The HTML é</p>")
    assert message.get_content_type() == "multipart/alternative"
    text, html = message.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert words(text) == "The text"
    assert "<p>The HTML é</p>" in words(html)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_no_body_can_end_its_part(text: str) -> None:
    _, message = composed(text, "<p>x</p>")
    text_part, _ = message.iter_parts()
    assert words(text_part) == lf(text)


def test_a_boundary_that_somebody_guessed_does_not_split_the_mail() -> None:
    known = composed("x\n", "<p>x</p>")[1].get_boundary()
    _, message = composed(f"--{known}\n\nforged\n--{known}--\n", "<p>x</p>")
    assert len(list(message.iter_parts())) == 2


def test_missing_text_is_made_from_the_html() -> None:
    _, message = composed(None, '<p>Look at <a href="https://example.com/x?a=1&amp;b=2">the page</a>.</p>')
    text, _ = message.iter_parts()
    assert words(text) == "Look at the page <https://example.com/x?a=1&b=2>."
