"""What is no e-mail address, in words of our own: nothing the e-mail library says reaches a reader."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.mail.mailbox import parse_mailbox


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it is empty"),
        ("Rosa <>", "it is empty"),
        ("rosa", "it has no @"),
        ("rosa@@example.com", "it has more than one @"),
        ("rosa@example.com; tariq@example.com", "it has more than one @"),
        ("@example.com", "nothing stands before the @"),
        ("rosa@", "nothing stands after the @"),
        ("Rosa rosa@example.com", "it holds a space"),
        ("rosa..lind@example.com", "a dot stands first, last or beside another dot before the @"),
        ("rosa@example.com.", "a dot stands first, last or beside another dot after the @"),
        ("ro(sa)@example.com", "“(” may not stand before the @"),
        ("<rosa@example.com", "“<” may not stand before the @"),
        ("rosa@mail_1.example.com", "“_” may not stand after the @"),
        (
            f"rosa@{'x' * 64}.example.com",
            "it is too long: at most 254 characters, 63 of them between two dots after the @",
        ),
        ("rosa@-example.com", "it does not have the form name@example.com"),
        ("rosa@xn--a.example.com", "it does not have the form name@example.com"),
    ],
)
def test_a_malformed_address_is_told_in_plain_words(text: str, said: str) -> None:
    with pytest.raises(ValueError) as raised:
        parse_mailbox(text)
    assert str(raised.value) == said


@given(st.text(alphabet='ab@.<>()"\\,; _-ö\u202e', max_size=20))
def test_no_text_gets_the_words_of_the_library(text: str) -> None:
    try:
        parse_mailbox(text)
    except ValueError as fault:
        assert "-sign" not in str(fault)
        assert "email" not in str(fault)


@pytest.mark.parametrize(
    ("text", "sendable"),
    [
        ("rosa@example.com", True),
        ("Jörg <j@example.com>", True),
        ("j@bücher.example", True),
        ("jörg@example.com", False),
    ],
)
def test_only_what_stands_before_the_at_sign_has_to_be_ascii(text: str, sendable: bool) -> None:
    assert parse_mailbox(text).sendable is sendable
