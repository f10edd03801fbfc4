"""Expressions and templates to draw: what the grammar of templates allows, and then some, put together at random."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from reconciler.messages.contexts.values import PersonView
from reconciler.messages.language.arithmetic import TESTS
from reconciler.messages.language.filters import FILTERS

CONTEXT: Mapping[str, Any] = {
    "person": PersonView("rosa@example.com", "Rosa <b> é"),
    "people": tuple(PersonView(f"p{n}@example.com", f"P {n}") for n in range(300)),
    "words": tuple(f"wörd {n}" for n in range(1000)),
    "long": "ab cd\nﬁß<😀 " * 20_000,
    "unbroken": "x" * 200_000,
    "at": datetime(2027, 3, 1, 9, 0, tzinfo=UTC),
    "day": date(2027, 3, 1),
    "price": Decimal("12.50"),
    "nothing": None,
    "timezone": "Europe/Berlin",
}
_NAMES = [*CONTEXT, "x", "y", "loop.index", "person.name", "m", "self", "nosuch"]
_NUMBERS = ["0", "1", "-1", "2", "79", "1000", "99999", "0.5", "1e29", "1e-30", "9" * 30, "9" * 31, str(2**61 - 1)]
_TEXTS = [
    "''",
    "'a'",
    "'%Y-%m'",
    "'name'",
    "'.'",
    "' '",
    "'\\ud800'",
    "'ab' * 99999",
    "'%s'",
    "'upper'",
    "'{0.__class__}'",
]
_SIGNS = ["+", "-", "*", "/", "//", "%", "~", "==", "!=", "<", ">=", "in", "not in", "and", "or", "**", "is", "if"]


def _filtered(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    arguments = st.lists(inner | st.just("attribute='name'") | st.just("reverse=true"), max_size=3)
    names = st.sampled_from([*sorted(FILTERS), "map('upper')", "nosuch"])
    return st.builds(lambda value, name, given: f"({value})|{name}({', '.join(given)})", inner, names, arguments)


def _tested(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(
        lambda value, name, given: f"({value}) is {name}({given})", inner, st.sampled_from(sorted(TESTS)), inner
    )


def _more(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(_SIGNS), inner),
        _filtered(inner),
        _filtered(inner),
        _tested(inner),
        st.builds("({})[{}::{}]".format, inner, st.sampled_from(["", "1", "-9"]), st.sampled_from(["", "-1", "2"])),
        st.builds("({})[{}]".format, inner, inner),
        st.builds("[{}, {}]".format, inner, inner),
        st.builds("[{}, {}][:1] * {}".format, inner, inner, inner),
        st.builds("{{{}: {}}}".format, inner, inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
        st.builds("m({})".format, inner),
        st.builds("(not {})".format, inner),
    )  # fmt: skip


EXPRESSIONS = st.recursive(st.sampled_from([*_NAMES, *_NUMBERS, *_TEXTS]), _more, max_leaves=6)

_FRAMES = [
    "{{% for x in {} %}}{}{{% endfor %}}", "{{% for x in people if {} %}}{}{{% endfor %}}", "{{% if {} %}}{}{{% endif %}}",
    "{{% set x = {} %}}{}", "{{% set x %}}{{{{ {} }}}}{}{{% endset %}}", "{{% macro m(y={}) %}}{}{{% endmacro %}}",
    "{{% with y = {} %}}{}{{% endwith %}}", "{{{{ {} }}}}{}", "{{% block b scoped %}}{{{{ {} }}}}{}{{% endblock %}}",
    "{{% include 'other' %}}{{{{ {} }}}}{}", "{{% import 'other' as m %}}{{{{ {} }}}}{}", "{{# {} #}}{}", "{{% {} %}}{}",
]  # fmt: skip


def _around(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    framed = st.builds(lambda frame, said, body: frame.format(said, body), st.sampled_from(_FRAMES), EXPRESSIONS, inner)
    return (
        framed
        | st.builds(lambda body, times: body * times, inner, st.integers(2, 300))
        | st.builds(str.__add__, inner, inner)
    )


TEMPLATES = st.recursive(st.sampled_from(["text", "<p>", "{{ x }}", "{{ m(x) }}", "{{ self.b() }}", "\n", "{{", "%}", "'"]),
                         _around, max_leaves=8)  # fmt: skip
"""Sources of any shape; one named ``other`` may be included."""
