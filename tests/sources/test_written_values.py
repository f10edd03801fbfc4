"""Values written by us: each text is read back as it was, in the spelling a person would choose, and `fmt` leaves it alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.sources.yaml.documents import read_documents
from reconciler.sources.yaml.formatting import format_manifest
from reconciler.sources.yaml.layout import lay_out, make_node
from reconciler.sources.yaml.nodes import TextDocument, TextStream

LINES = st.sampled_from(
    ["one", "", "  deeper", " ", "\ttab", "# no", "end ", "a: b", "{{ x }}", "a\u2028b", "\ufffe", "🚀"]
)
TEXTS = st.text(max_size=12) | st.lists(LINES, max_size=5).map("\n".join)


def written(data: Any) -> str:
    return lay_out(TextStream([TextDocument(make_node(data))], []))


@given(st.recursive(TEXTS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3)))
def test_what_is_written_is_read_back_and_laid_out(data: Any) -> None:
    text = written({"a": data, "b": "last"})
    documents, faults = read_documents(text, "f.yaml")
    assert (documents[0].data, faults) == ({"a": data, "b": "last"}, [])
    assert format_manifest(text, "f.yaml", {}) == (text, [])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("one\ntwo\n", "a: |\n  one\n  two\n"),
        ("  one\ntwo\n", "a: |2\n    one\n  two\n"),
        ("  one\ntwo\n\n", "a: |2+\n    one\n  two\n\n"),
        ("\n\n one", "a: |2-\n\n\n   one\n"),
        ("one\u2028\n", 'a: "one\\u2028\\n"\n'),
        ("\n", 'a: "\\n"\n'),
    ],
)
def test_a_text_of_several_lines_is_a_block(value: str, text: str) -> None:
    assert written({"a": value}) == text
