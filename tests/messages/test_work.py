"""The pure wall holds alone: whatever one operation is given, at the most that is allowed, a mail ends soon and in little room.

Each case is an operation on the longest texts and lists, in a loop that would go on for a million rounds.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.messages.compose.mime import Headers, compose
from reconciler.messages.contexts.shape import Shape
from reconciler.messages.contexts.values import PersonView
from reconciler.messages.language.limits import MAX_NODES, MAX_SOURCE, MAX_VALUE
from reconciler.messages.language.render import Rendered, RenderFailure, check, render
from reconciler.messages.mail import Mail, TemplateRef
from reconciler.model.mail.mailbox import Mailbox
from tests.fuzz.within import within
from tests.support.draws import drawn

CONTEXT: Mapping[str, Any] = {
    "person": PersonView("rosa@example.com", "Rosa <b>"),
    "many": tuple(range(1000)),
    "words": tuple(f"wörd {n}" for n in range(5000)),
    "people": tuple(PersonView(f"p{n}@example.com", f"P {n}") for n in range(1000)),
    "at": datetime(2027, 3, 1, 9, 0, tzinfo=UTC),
    "timezone": "Europe/Berlin",
}
HEADERS = Headers(
    Mailbox("desk@example.com", ""), "abc", datetime(2027, 3, 1, tzinfo=UTC), (Mailbox("a@example.com", ""),)
)
PIECES = {"letters": "x", "words": "ab cd ef gh ", "lines": "a\\n", "accents": "é ", "ligatures": "ﬁß", "marks": "<&"}
LOOP = "{% for a in many %}{% for b in many %}"
END = "{% endfor %}{% endfor %}"
ON_TEXTS = [
    "s|upper", "s|lower", "s|title", "s|capitalize", "s|trim", "s|trim(s)", "s|trim(t[::-1])", "s|escape", "s|indent(1)",
    "s|replace('a', 'b')", "s|replace('', '')", "s|replace('q', 'r', 1)", "s|replace('x' * 98 ~ 'yx', '')", "s|wordwrap(1)",
    "s|wordwrap(79)", "s|wordwrap(1, false)", "s|wordwrap(999999999)", "s|truncate(9)", "s|truncate(260000)", "s|first",
    "s == t", "s < t", "'zz' in s", "t in s", "('x' * 98 ~ 'yx') in s", "'zz' is in(s)", "s is eq(t)", "s[::-1]", "s[1:]",
    "s[1:] + 'a'", "s[1:] ~ 'a'", "'x' * 262144", "{'a': s, 'b': s}", "[s, t] * 2", "[s, t]|sort|first", "[s, t, s]|unique|first",
    "[s, t]|map('upper')|first", "people|selectattr('name', 'eq', s)", "[s, s] == [t, t]", "t in [s, s, s]", "s|int",
]  # fmt: skip
ON_THE_REST = [
    "words|sort", "words|unique", "words|join(', ')", "'zz' in words", "words == words", "words[::-1]", "words + words",
    "words|map('upper')", "people|map(attribute='name')", "people|join(',', attribute='name')", "people|sort(attribute='name')",
    "people|selectattr('name')", "people|rejectattr('name', 'string')", "1234567|number(2)", "1.23456|round(2)",
    "at|date('%A' * 50)", "at|datetime", "(at - at)|duration", "1.5 * 1.5", "1 / 3", "999999999999999999999999999999 % 7",
    "person.name", "many|length",
    "m()", "self.k()", "(1e29 * 1e29)|number", "(1e29 * 1e29)|int", "(1 / 1e29 / 1e29)|number",
]  # fmt: skip
HELD = "{% macro m(v=[" + "person.name," * 500 + "]) %}x{% endmacro %}{% block k %}{% endblock %}"


def ends(source: str, *, html: bool = False, **sources: str) -> str:
    """What came of it within the bounds: the text, or the summary of the fault."""
    body = TemplateRef("body", ("spec", "body"), source)
    mail = Mail(TemplateRef("subject", ("spec", "subject"), "x"), None if html else body, body if html else None)
    with within():
        check(mail, sources, Shape("test", {}))
    with within():
        try:
            rendered = render(mail, sources, CONTEXT)
        except RenderFailure as failure:
            assert failure.fault.line and failure.fault.detail and failure.fault.hint
            return failure.fault.summary
    with within():
        try:
            compose(rendered, HEADERS)
        except ValueError as unusable:
            return str(unusable)
    return (rendered.html if html else rendered.text) or ""


def longest(piece: str) -> str:
    """Sets ``s`` to as many pieces as one value may have, and ``t`` to a text that differs from it at its end."""
    count = MAX_VALUE // len(piece.replace("\\n", "."))
    return f"{{% set s = '{piece}' * {count} %}}{{% set t = s[:-1] ~ 'z' %}}"


@drawn(30)
@given(st.sampled_from(ON_TEXTS), st.sampled_from(sorted(PIECES)), st.booleans())
@example("s|trim(t[::-1])", "letters", False)
@example("s|wordwrap(1)", "letters", False)
@example("s|wordwrap(1, false)", "lines", True)
@example("s[::-1]", "accents", False)
@example("s[1:] + 'a'", "letters", False)
@example("('x' * 98 ~ 'yx') in s", "letters", False)
@example("t in [s, s, s]", "letters", True)
def test_no_operation_on_texts_costs_much(operation: str, piece: str, html: bool) -> None:
    source = f"{longest(PIECES[piece])}{LOOP}{{% set r = {operation} %}}{END}"
    assert ends(source, html=html) in ("Template does too much", "Wrong type")


@drawn(4)
@given(st.sampled_from(ON_THE_REST))
@example("words + words")
@example("1234567|number(2)")
@example("(1e29 * 1e29)|int")
def test_no_other_operation_costs_much(operation: str) -> None:
    said = ends(f"{HELD}{LOOP}{{% set r = {operation} %}}{END}")
    assert said in ("Template does too much", "Template failed")


TEMPLATES = {
    "sort of references": "{% set s = 'x' * 262144 %}{{ [" + "s," * 4096 + "]|sort|length }}",
    "unique of references": "{% set s = 'x' * 262144 %}{{ [" + "s," * 4096 + "]|unique|length }}",
    "texts kept": "".join(f"{{% set s{n} = '😀' * 262000 ~ {n} %}}" for n in range(300)),
    "lists kept": "".join(f"{{% set s{n} = words + words[:{n}] %}}" for n in range(300)),
    "sets captured": "{% for a in many %}{% set x %}" + "y<" * 1000 + "{{ words|join }}{% endset %}{{ x }}{% endfor %}",
    "condition of a loop": "{% for a in many if [" + "person.name," * 1800 + "] %}{% endfor %}" * 1,
    "includes": LOOP + "{% include 'e' %}" + END,
    "imports": LOOP + "{% import 'e' as e %}" + END,
    "colliding numbers": "{% set d = {" + ",".join(f"{n * (2**61 - 1)}: 1" for n in range(1, 1900)) + "} %}",
    "colliding items": "{% for a in many %}{{ ["
    + ",".join(str(n * (2**61 - 1)) for n in range(1, 5000))
    + "]|unique|length }}{% endfor %}",
    "list": "{{ [" + "1," * (MAX_NODES - 20) + "]|length }}",
    "tokens": "{{ [" + "1," * 60_000 + "]|length }}",
    "prints": "{{person}}" * 2900,
    "conditions": "{% if person %}x{% endif %}" * 1400,
    "macros": "{% macro m() %}x{% endmacro %}" * 1900,
    "blocks": "".join(f"{{% block b{n} %}}x{{% endblock %}}" for n in range(1900)),
    "unknown filters": "".join(f"{{{{ 1|uper{n} }}}}" for n in range(1900)),
    "unknown names": "".join(f"{{{{ a{n} }}}}" for n in range(1900)),
    "digits": "{{ " + "1" * (MAX_SOURCE - 10) + " }}",
    "digits apart": "{{ " + "1_" * (MAX_SOURCE // 2 - 10) + " }}",
    "quotes": "{{ " + "'\\" * (MAX_SOURCE // 2 - 10) + " }}",
    "braces": "{{" * (MAX_SOURCE // 2),
    "comments": "{#" * (MAX_SOURCE // 2),
    "signs": "{% -%} " * (MAX_SOURCE // 8),
    "macros that call two": "".join(
        f"{{% macro m{n + 1}(a) %}}{{{{ m{n}(a) }}}}{{{{ m{n}(a) }}}}{{% endmacro %}}" for n in range(200)
    ),
}  # fmt: skip


@drawn(3)
@given(st.sampled_from(sorted(TEMPLATES)))
@example("sort of references")
@example("texts kept")
@example("condition of a loop")
@example("colliding items")
@example("tokens")
def test_no_template_costs_much(name: str) -> None:
    ends(TEMPLATES[name], e="")


TAGS = 24_000
PAGES = {
    "a word of 200,000 letters": "<p>" + "x" * 200_000,
    "a word of two million letters": "<p>" + "x" * 2_000_000,
    "words": "<p>" + "ab " * 600_000,
    "a link": f'<a href="https://a/{"x" * 200_000}">https://a/{"x" * 200_000}</a>',
    "links on one line": '<a href="https://a.b">https://a.b</a> ' * TAGS,
    "links on lines": '<p><a href="https://a.b">https://a.b</a></p>' * 12_000,
    "marks of links": " <" * TAGS + " &lt;x>" * 200_000,
    "pieces on one line": "<p>" + "<i>xy </i>" * TAGS,
    "paragraphs": "<p>xy</p>" * TAGS,
    "lines": "<p>" + "xy z <br>" * 48_000,
    "list items": "<ol>" + "<li>x" * 48_000,
    "deep lists": "<ul><li>" * 240 + "<li>x" * 40_000,
    "deep tables": "<table><tr><td>" * 120 + ("word " * 30 + "<br>") * 300,
    "wide table": "<table><tr>" + "<td>x</td>" * TAGS,
    "tall table": "<table>" + "<tr><td>x" * TAGS,
    "square table": "<table>" + ("<tr>" + "<td>x" * 200) * 200,
    "a wide cell above many": "<table><tr><td>" + "x" * 100_000 + "<tr><td>y" * 20_000,
    "a tall cell beside many": "<table><tr><td>" + "x<br>" * 20_000 + "<td>y" * 20_000,
    "nested 3,000 deep": "<div>" * 3_000 + "x" + "</div>" * 3_000,
    "left open 3,000 times": "<b>" * 3_000 + "x",
    "formatting left open": "".join(f"<b id={n}>" for n in range(400)) + "<p>x" * 20_000,
    "ends of nothing": "<li><div>" + "<td><p>" * 240 + "</li>" * 40_000,
    "adoption": "<a><b><p>" * 150 + "</a>x" * 20_000,
    "attributes": "<a" + "".join(f" a{n}" for n in range(200_000)) + ">x",
    "attributes in a drawing": "<svg><style><a" + "".join(f" a{n}" for n in range(200_000)) + ">x",
    "rules on elements": "<style>" + "a{b:c}" * 20_000 + "</style>" + "<a>x</a>" * 20_000,
    "long rule": "<style>a{b:" + "x" * 49_000 + "}</style>" + "<a>x</a>" * 1_000,
    "properties": "<style>a{" + "".join(f"p{n}:1;" for n in range(600)) + "}</style>" + "<a>x</a>" * 1_000,
    "properties of one": "<style>a{" + "".join(f"p{n}:1;" for n in range(100_000)) + "}</style><a>x",
    "selectors": "<style>" + ",".join(["a ~ a:not(b)"] * 5_000) + "{b:c}</style>" + "<a>x</a>" * 1_000,
    "rules in rules": "<style>" + "@media x{" * 50_000 + "</style>x",
    "brackets": "<style>a{b:" + "(" * 100_000 + "</style>x",
    "style of one": '<p style="' + "display:" * 100_000 + '">x',
    "spaces in a style": '<p style="' + ";   " * 100_000 + '">x',
    "comments": "<!--" * 48_000,
    "scripts": "<script>" * 48_000,
    "marks": "<" * 2_000_000,
    "ampersands": "&" * 800_000,
    "wide letters": "😀 " * 900_000,
    "line ends": "\r\n" * 900_000,
}


@drawn(5)
@given(st.sampled_from(sorted(PAGES)))
@example("a word of 200,000 letters")
@example("links on one line")
@example("nested 3,000 deep")
@example("left open 3,000 times")
@example("square table")
@example("a wide cell above many")
@example("formatting left open")
@example("rules on elements")
@example("attributes")
def test_no_page_costs_much(name: str) -> None:
    with within():
        try:
            compose(Rendered("x", None, PAGES[name]), HEADERS)
        except ValueError as unusable:
            assert str(unusable)


def test_the_longest_mail_costs_no_more() -> None:
    """Both parts, each as long as it may be, of letters that take the most room."""
    with within():
        compose(Rendered("x", "😀" * 2_000_000, "<p>" + "😀" * 2_000_000), HEADERS)


def test_a_subject_has_an_end() -> None:
    mail = Mail(
        TemplateRef("subject", ("spec", "subject"), "{{ 'é' * 200000 }}"),
        TemplateRef("body", ("spec", "body"), "x"),
        None,
    )
    with within(), pytest.raises(RenderFailure) as caught:
        render(mail, {}, CONTEXT)
    assert (caught.value.fault.template, caught.value.fault.summary) == ("subject", "Template does too much")
