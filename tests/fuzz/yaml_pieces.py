"""Texts that look like manifests to a reader of YAML, more or less."""

from __future__ import annotations

from hypothesis import strategies as st

WORDS = (
    "", "a", "kind", "spec", "Group", "EmailTask", "ApprovalProcess", "SmtpServer", "metadata", "name", "members",
    "reconciler/v1", "apiVersion", "true", "null", "~", "1", "-0", "1e9", ".inf", "0x1F", "9" * 60, "2027-01-31",
    "yes", "<<", "=", "é", "\U0001f680", "a@example.com", "Ä <ä@ü.example>", "a@" + "x." * 200, "{group: a}",
    "${vars.v}", "$${vars.v", "{{ x }}", "{{", "}}", "k" * 1_200, "'", '"', '"\\ud83d\\ude80"', '"\\ud83d"', '"\\x"',
    "\\", "smtp://h:1", "x?y", 'a"b":c', "@", "`", "%", "\ufeff", "\u2028", "\0", "\x85",
)  # fmt: skip
SIGNS = (
    ": ", ":", "- ", "-", "? ", "?", "[", "]", "{", "}", ", ", ",", "\n", "\n  ", "\n    ", "\n\t", " ", "  ",
    "\r\n", "\r", "#", " # c", "&a ", "*a", "&b", "*b ", "!", "!!str ", "!!int ", "!x ", "!<a> ", "|\n", ">-\n",
    "|9\n", "|+2 # c\n", "---\n", "\n---\n", "...\n", "%YAML 1.1\n", "%TAG ! b\n", "%X\n", "'", '"',
)  # fmt: skip

pieces = st.one_of(st.sampled_from(WORDS), st.sampled_from(SIGNS), st.text(max_size=4))
_repeated = st.builds(
    lambda part, times: part * times,
    st.lists(pieces, max_size=4).map("".join),
    st.sampled_from([1, 1, 1, 2, 60, 2_000]),
)
loose = st.lists(_repeated, max_size=14).map("".join)
"""Anything: most of it stops the parser somewhere."""

_names = st.sampled_from([word for word in WORDS if word.isalnum()])
_scalars = st.sampled_from(WORDS) | st.integers() | st.booleans() | st.none() | st.text(max_size=6)
data = st.recursive(
    _scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_names, inner, max_size=4), max_leaves=15
)
