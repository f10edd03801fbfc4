"""Places: line and column, from 1, of every key and every value."""

from __future__ import annotations

from textwrap import dedent

from reconciler.model.diagnostic import Place
from reconciler.sources.yaml.documents import read_documents

TEXT = dedent("""\
    # a comment
    kind: Group
    spec:
      members:
        - rosa@example.com
        - {group: desk}
      "quoted": 'ä'
    ---
    kind: Credential
    """)


def test_every_value_and_key_has_its_place() -> None:
    first = read_documents(TEXT, "m/f.yaml")[0][0]
    assert {path: (place.line, place.column) for path, place in first.values.items()} == {
        (): (2, 1),
        ("kind",): (2, 7),
        ("spec",): (4, 3),
        ("spec", "members"): (5, 5),
        ("spec", "members", 0): (5, 7),
        ("spec", "members", 1): (6, 7),
        ("spec", "members", 1, "group"): (6, 15),
        ("spec", "quoted"): (7, 13),
    }
    assert {path: (place.line, place.column) for path, place in first.keys.items()} == {
        ("kind",): (2, 1),
        ("spec",): (3, 1),
        ("spec", "members"): (4, 3),
        ("spec", "members", 1, "group"): (6, 8),
        ("spec", "quoted"): (7, 3),
    }


def test_places_name_the_file_and_the_document() -> None:
    documents, _ = read_documents(TEXT, "m/f.yaml")
    assert [document.place(()) for document in documents] == [Place("m/f.yaml", 2, 1), Place("m/f.yaml", 9, 1)]


def test_a_path_without_a_value_falls_back_to_what_is_around_it() -> None:
    first = read_documents(TEXT, "f.yaml")[0][0]
    assert first.place(("spec", "members", 1, "nosuch")) == Place("f.yaml", 6, 7)
    assert first.key_place(("spec", "members", 0)) == Place("f.yaml", 5, 7)


def test_columns_count_characters_not_bytes() -> None:
    first = read_documents("{ä: ü, b: c}", "f.yaml")[0][0]
    assert first.values["b",].column == 11


def test_a_value_through_an_alias_stands_where_the_alias_stands() -> None:
    first = read_documents("a: &x [1, 2]\nb: *x\n", "f.yaml")[0][0]
    assert first.data == {"a": [1, 2], "b": [1, 2]}
    assert first.place(("b", 1)) == Place("f.yaml", 2, 4)


def test_empty_documents_are_skipped() -> None:
    documents, diagnostics = read_documents("---\n---\na: 1\n---\n# nothing\n---\n~\n", "f.yaml")
    assert ([document.data for document in documents], diagnostics) == ([{"a": 1}], [])
