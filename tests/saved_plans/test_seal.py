"""A plan file is taken back byte for byte or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.errors import Stale
from reconciler.sources.plan_files import FORMAT, seal, unseal

KEY = b"0123456789abcdef0123456789abcdef"
BODY = b'{"digest":"' + b"5" * 64 + b'","records":[]}'


@given(st.binary(max_size=2000), st.binary(min_size=1, max_size=80))
def test_what_was_sealed_comes_back(body: bytes, key: bytes) -> None:
    assert unseal(seal(body, key), key) == body


def test_every_altered_byte_is_refused() -> None:
    data = seal(BODY, KEY)
    for place in range(len(data)):
        for flip in (1, 2, 0x20, 0x80):
            altered = data[:place] + bytes([data[place] ^ flip]) + data[place + 1 :]
            with pytest.raises(Stale) as refusal:
                unseal(altered, KEY)
            assert refusal.value.exit_code == 6


@given(st.binary(max_size=300), st.data())
def test_every_other_change_is_refused(body: bytes, data: st.DataObject) -> None:
    sealed = seal(body, KEY)
    start = data.draw(st.integers(0, len(sealed)))
    end = data.draw(st.integers(start, len(sealed)))
    altered = sealed[:start] + data.draw(st.binary(max_size=8)) + sealed[end:]
    if altered != sealed:
        with pytest.raises(Stale):
            unseal(altered, KEY)


def test_a_file_cut_short_anywhere_is_said_to_be() -> None:
    data = seal(BODY, KEY)
    for length in range(len(data)):
        with pytest.raises(Stale, match="cut short"):
            unseal(data[:length], KEY)


@pytest.mark.parametrize(
    ("data", "key", "summary"),
    [
        (b"apiVersion: reconciler/v1\n", KEY, "This is not a plan file"),
        (seal(BODY, KEY) + b"\n", KEY, "The plan file was altered"),
        (seal(BODY, KEY).replace(b"55555", b"55556"), KEY, "The plan file was altered"),
        (seal(BODY, b"another key"), KEY, "The plan file is of another key"),
        (seal(BODY, KEY), None, "The plan file cannot be checked"),
        (b"reconciler-plan 2 whatever\n", KEY, "The plan file is of a newer format"),
        (b"reconciler-plan 999999999 1 \n", None, "The plan file is of a newer format"),
        (b"reconciler-plan x\n", KEY, "The plan file was altered"),
        (b"", KEY, "The plan file is cut short"),
    ],
)
def test_each_reason_has_its_words(data: bytes, key: bytes | None, summary: str) -> None:
    with pytest.raises(Stale) as refusal:
        unseal(data, key)
    assert refusal.value.summary == summary
    assert refusal.value.hint


def test_the_format_stands_in_the_first_line() -> None:
    assert seal(BODY, KEY).startswith(b"reconciler-plan %d %d " % (FORMAT, len(BODY)))


def test_neither_key_nor_anything_that_makes_it_stands_in_the_file() -> None:
    assert KEY not in seal(BODY, KEY)
