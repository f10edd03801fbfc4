"""The one layout: what is put in order, what is left as it was written, where comments stand afterwards."""

from __future__ import annotations

from textwrap import dedent

import pytest

from reconciler.kinds.registry import REGISTRY
from reconciler.model.errors import Bug
from reconciler.sources.yaml.formatting import format_manifest, require_same

LAYOUTS = {
    "the envelope and the fields of the kind come in order, a name first": (
        """
        # About this file.
        kind: SmtpServer
        spec: {from: desk@example.com, uri: "smtp://mail.example.com"}
        metadata: {title: Relay, name: relay}
        apiVersion: reconciler/v1
        """,
        """
        # About this file.
        apiVersion: reconciler/v1
        kind: SmtpServer
        metadata: {name: relay, title: Relay}
        spec:
          uri: "smtp://mail.example.com"
          from: desk@example.com
        """,
    ),
    "comments move with what they stand above and behind": (
        """
        kind: Group # the kind
        # above the version
        apiVersion: reconciler/v1
        spec:
            # who
            members:
            - a@example.com     # first
            # second
            - b@example.com
            # above what may follow
        # end
        """,
        """
        # above the version
        apiVersion: reconciler/v1
        kind: Group # the kind
        spec:
          # who
          members:
            - a@example.com     # first
            # second
            - b@example.com
          # above what may follow
        # end
        """,
    ),
    "the fields of declarations are in order, the declarations themselves as written": (
        """
        kind: ApprovalType
        spec:
          fields:
            zeta: {title: Z, required: true}
            alpha: {example: a, type: string}
        """,
        """
        kind: ApprovalType
        spec:
          fields:
            zeta: {required: true, title: Z}
            alpha: {type: string, example: a}
        """,
    ),
    "braces that hold a comment, or are too long, become blocks": (
        """
        a: [one, # why
          two]
        b: {first: "a text that is quite long and goes on and on", second: "another text that goes on and on too"}
        c: {x: [1,2],y: {}}
        """,
        """
        a:
          - one # why
          - two
        b:
          first: "a text that is quite long and goes on and on"
          second: "another text that goes on and on too"
        c: {x: [1, 2], y: {}}
        """,
    ),
    "comments inside empty braces, for which there is no room, stand above": (
        """
        cc: [
            # rosa@example.com  left in May
          ]
        b: { # why
          # more
          } # end
        c: [[ # inner
          ], d]
        e:
        - [#
        ]
        - - {# deep
          }
        """,
        """
        # rosa@example.com  left in May
        cc: []
        # why
        # more
        b: {} # end
        c: [[], d] # inner
        e:
          #
          - []
          # deep
          - - {}
        """,
    ),
    "directives and ends of documents say nothing a manifest needs, and go": (
        "# top\n%YAML 1.2\n--- # first\na: 1\n... # end\n%YAML 1.2\n---\nb: 1\n...\n",
        "# top\n--- # first\na: 1\n# end\n---\nb: 1\n",
    ),
    "a key over lines is one line, with escapes for what no file may hold": (
        '? "a\\u2028\n  b"\n: 1\n',
        '"a\\u2028 b": 1\n',
    ),
    "a comment behind a document in braces stands at its head": (
        """
        {kind: Group, # the kind
          apiVersion: reconciler/v1} # the document
        ---
        [a] # list
        """,
        """
        # the document
        apiVersion: reconciler/v1
        kind: Group # the kind
        ---
        # list
        - a
        """,
    ),
    "block texts are indented anew and otherwise left alone": (
        """
        spec:
            body: |-   # literal
                  one
                    two

                  # no comment
            other: >+
             folded

            # above the last
            last: |2
                 deep
        """,
        """
        spec:
          body: |-   # literal
            one
              two

            # no comment
          other: >+
            folded

          # above the last
          last: |2
               deep
        """,
    ),
    "block texts of blanks, and that end in blanks, do not grow": (
        "b: >+\n   \na: |-\n x\n   \nc: 1\n",
        "b: >+\n\na: |-\n  x\n    \nc: 1\n",
    ),
    "documents stay documents, empty ones too": (
        """


        # alone
        --- # first
        a: 1
        ...
        # between
        ---
        ---

        # nothing but this
        """,
        """
        # alone
        --- # first
        a: 1
        # between
        ---
        ---

        # nothing but this
        """,
    ),
    "keys stay where they are in a document with anchors": (
        """
        spec: &spec
            members: [a@example.com]
        kind: Group
        zeta: *spec
        """,
        """
        spec: &spec
          members: [a@example.com]
        kind: Group
        zeta: *spec
        """,
    ),
    "one empty line between entries at most, none at the start and at the end": (
        "\n\na: 1\n\n\n\nb:\n\n  - 1\n\n\n",
        "a: 1\n\nb:\n  - 1\n",
    ),
    "a file of comments alone": ("# one\n\n\n\n# two", "# one\n\n# two\n"),
    "an empty file": ("", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYOUTS)
def test_layout(name: str) -> None:
    before, after = (dedent(text).removeprefix("\n") for text in LAYOUTS[name])
    made, faults = format_manifest(before, "a.yaml", REGISTRY)
    assert (made, faults) == (after, [])
    assert format_manifest(made, "a.yaml", REGISTRY) == (after, [])


def test_line_breaks_stay_those_of_the_system_it_was_written_on() -> None:
    made, _ = format_manifest("b:   1\r\na: |\r\n  x\r\n  y\r\n", "a.yaml", REGISTRY)
    assert made == "b: 1\r\na: |\r\n  x\r\n  y\r\n"


def test_faults_are_told_with_their_place_and_the_text_is_left_alone() -> None:
    text = "a:  1\na: 2\nb: {{ x }}\n"
    made, faults = format_manifest(text, "a.yaml", REGISTRY)
    assert made == text
    assert [str(fault.place) for fault in faults] == ["a.yaml:2:1", "a.yaml:3:4"]


@pytest.mark.parametrize("after", ["a: '1'\n", "a: 1\n---\n", "a: 1 # b\n", "a: [\n"])
def test_a_text_that_would_mean_anything_else_is_a_bug(after: str) -> None:
    with pytest.raises(Bug):
        require_same("a: 1\n", after, "a.yaml")
