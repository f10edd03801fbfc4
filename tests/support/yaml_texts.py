"""Generated YAML as people write it: any indentation, quotes, blocks, braces over lines, anchors, comments everywhere."""

from __future__ import annotations

import json
from itertools import count

from hypothesis import strategies as st

_WORDS = st.sampled_from(
    [
        "desk",
        "a b",
        "12",
        "yes",
        "x:y",
        "ready?",
        "rosa@example.com",
        "née",
        "# no",
        "- no",
        "{{ x }}",
        "",
        "'",
        "🚀",
        "a\u2028b",
    ]
)
_BLOCK_LINES = st.sampled_from(["one", "", "  deeper", "# no comment", "end ", "a: b", "\ttab"])
_KEYS = ("kind", "metadata", "spec", "name", "to", "subject", "body", "stages", "zeta")


class _Writer:
    """Draws texts; every comment it writes is noted, and no two are alike."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.comments: list[str] = []
        self._number = count(1)
        self.anchors: list[str] = []
        self._below_literal = False

    def comment(self) -> str:
        self.comments.append(f"# {self.draw(st.sampled_from(['why', 'a: b', '- x', '{', '| #']))} {next(self._number)}")
        return self.comments[-1]

    def one_in(self, number: int) -> bool:
        return self.draw(st.integers(1, number)) == 1

    def own_lines(self, indent: int) -> list[str]:
        """Comments and empty lines between two entries; below a literal no comment that would be part of it."""
        lines = []
        indent = 0 if self._below_literal else indent
        while self.one_in(4):
            odd = self.draw(st.sampled_from([indent, indent, indent + 2 if indent else 0, 0]))
            lines.append(" " * odd + self.comment() if self.one_in(2) else self.draw(st.sampled_from(["", "", "   "])))
        return lines

    def behind(self) -> str:
        return " " * self.draw(st.integers(1, 3)) + self.comment() if self.one_in(4) else ""

    def block(self, indent: int, depth: int) -> list[str]:
        """A map or a list as a block whose entries stand at ``indent``."""
        step = self.draw(st.integers(1, 4))
        lines: list[str] = []
        if self.one_in(3):
            for _ in range(self.draw(st.integers(1, 3))):
                lines += [*self.own_lines(indent), *self.item(indent, step, depth)]
        else:
            for key in self.draw(st.lists(st.sampled_from(_KEYS), min_size=1, max_size=4, unique=True)):
                written = self.draw(st.sampled_from([key, key, f'"{key}"', f"'{key}'"]))
                lines += self.own_lines(indent)
                lines += self.value(" " * indent + written + ":", indent, step, depth)
        return lines + self.own_lines(indent)

    def item(self, indent: int, step: int, depth: int) -> list[str]:
        if depth and self.one_in(2):
            first, *rest = self.draw_map(indent + 2, depth - 1)
            if self.one_in(4):
                return [" " * indent + "-" + self.behind(), first, *rest]
            return [" " * indent + "- " + first.lstrip(" "), *rest]
        return self.value(" " * indent + "-", indent, step, depth)

    def draw_map(self, indent: int, depth: int) -> list[str]:
        lines: list[str] = []
        for key in self.draw(st.lists(st.sampled_from(_KEYS), min_size=1, max_size=3, unique=True)):
            lines += self.own_lines(indent) if lines else []
            lines += self.value(" " * indent + key + ":", indent, 2, depth)
        return lines

    def root(self) -> list[str]:
        """A document: a block, braces over lines, or comments and nothing else."""
        if self.one_in(8):
            return self.own_lines(0)
        if self.one_in(5):
            return [*self.own_lines(0), *f"{self.flow(1, 2)}{self.behind()}".split("\n"), *self.own_lines(0)]
        return self.block(0, 3)

    def value(self, head: str, indent: int, step: int, depth: int) -> list[str]:
        shapes = ["leaf", "leaf", "leaf", "flow", "literal", "long", "below", "nothing", *(["block"] * 3 * bool(depth))]
        shape = self.draw(st.sampled_from(shapes))
        self._below_literal = shape == "literal"
        match shape:
            case "block":
                between = self.own_lines(indent + step)
                return [head + self.behind(), *between, *self.block(indent + step, depth - 1)]
            case "flow":
                return [f"{head} {self.flow(indent + step, 2)}{self.behind()}"]
            case "literal":
                return self.literal(head, indent, step)
            case "long":
                mark = self.draw(st.sampled_from(["", '"', "'"]))
                return [f"{head} {mark}several words", "", " " * (indent + step) + f"over lines{mark}{self.behind()}"]
            case "below":
                return [
                    head + self.behind(),
                    *self.own_lines(indent),
                    " " * (indent + step) + self.leaf() + self.behind(),
                ]
            case "nothing":
                return [head + self.behind()]
        return [f"{head} {self.anchored(self.leaf())}{self.behind()}"]

    def literal(self, head: str, indent: int, step: int) -> list[str]:
        mark = self.draw(st.sampled_from(["|", ">"])) + self.draw(st.sampled_from(["", "-", "+"]))
        body = ["text", *self.draw(st.lists(_BLOCK_LINES, max_size=4))]
        if self.one_in(4):
            mark, body = f"{mark[0]}{step}{mark[1:]}", ["  first", *body]
        return [f"{head} {mark}{self.behind()}", *(" " * (indent + step) + line if line else "" for line in body)]

    def anchored(self, leaf: str) -> str:
        if not self.one_in(12):
            return leaf
        if self.anchors and self.one_in(2):
            return f"*{self.anchors[-1]}"
        self.anchors.append(f"a{next(self._number)}")
        return f"&{self.anchors[-1]} {leaf}"

    def leaf(self) -> str:
        text = self.draw(_WORDS)
        plain = text.isalnum() or text in ("a b", "x:y", "ready?", "rosa@example.com")
        if not text.isprintable():
            return json.dumps(text)
        quoted = [json.dumps(text, ensure_ascii=self.one_in(3)), "'" + text.replace("'", "''") + "'"]
        return self.draw(st.sampled_from([*quoted, text] if plain else quoted))

    def flow(self, indent: int, depth: int) -> str:
        parts = [self.flow_part(indent, depth) for _ in range(self.draw(st.integers(0, 3)))]
        if self.one_in(2):
            return "[" + self.joined(parts, indent) + "]"
        return "{" + self.joined([f"k{number}: {part}" for number, part in enumerate(parts)], indent) + "}"

    def flow_part(self, indent: int, depth: int) -> str:
        return self.flow(indent, depth - 1) if depth and self.one_in(4) else self.leaf()

    def joined(self, parts: list[str], indent: int) -> str:
        """Parts with commas; now and then each on a line, with comments behind and between."""
        if not self.one_in(3):
            return self.draw(st.sampled_from([", ", ",", " , "])).join(parts)
        margin = "\n" + " " * indent
        if not parts:
            above = self.behind() + margin if self.one_in(2) else ""
            return above + self.comment() + margin if not above or self.one_in(3) else above
        ends = [self.behind() + margin + (self.comment() + margin if self.one_in(4) else "") for _ in parts]
        return margin + ",".join(part + end for part, end in zip(parts, ends, strict=True))


@st.composite
def yaml_texts(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A file of one to three documents, and the comments in it."""
    writer = _Writer(draw)
    lines = writer.own_lines(0)
    for number in range(draw(st.integers(1, 3))):
        if number or writer.one_in(3):
            lines.append("---" + writer.behind())
        lines += writer.root()
        writer.anchors.clear()
    return "\n".join(lines) + draw(st.sampled_from(["\n", "", "\n\n"])), writer.comments
