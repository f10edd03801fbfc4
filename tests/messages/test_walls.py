"""What hostile templates try, and that each attempt ends as a fault with template and line, soon."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import pytest

from reconciler.messages.contexts.values import PersonView
from reconciler.messages.language.render import RenderFailure, TemplateFault, render
from reconciler.messages.mail import Mail, TemplateRef

ROSA = PersonView("rosa@example.com", "Rosa <b>")
CONTEXT: Mapping[str, Any] = {"person": ROSA, "nothing": None, "many": tuple(range(1000)), "timezone": "UTC"}
LONG = "{% set s = 'ab cd ef gh ' * 21000 %}"
LOOP = "{% for a in many %}{% for b in many %}"
END = "{% endfor %}{% endfor %}"

TOO_MUCH = "Template does too much"
REFUSED = "Not allowed in templates"
UNKNOWN = "Unknown variable"
SYNTAX = "Template syntax"


def attempt(source: str, *, html: bool = False, **sources: str) -> str | TemplateFault:
    """The text a template comes to, or the fault."""
    body = TemplateRef("body", ("spec", "body"), source)
    subject = TemplateRef("subject", ("spec", "subject"), "x")
    mail = Mail(subject, None if html else body, body if html else None)
    try:
        rendered = render(mail, sources, CONTEXT)
    except RenderFailure as failure:
        return failure.fault
    return (rendered.html if html else rendered.text) or ""


ATTACKS = {
    "allocation by repeating": ("{{ 'x' * 200000000 }}", TOO_MUCH),
    "allocation by repeating in a set": ("{% set a = 'x' * 200000000 %}", TOO_MUCH),
    "allocation by doubling": ("{% set a = 'xxxxxxxxxx' %}" + "{% set a = a ~ a %}" * 60, TOO_MUCH),
    "allocation by adding": ("{% set a = 'xxxxxxxxxx' %}" + "{% set a = a + a %}" * 60, TOO_MUCH),
    "allocation by replacing": ("{% set a = 'xx' %}" + "{% set a = a | replace('x', 'xxxxxxxx') %}" * 30, TOO_MUCH),
    "allocation by joining": ("{{ many | join('x' * 1000) }}", TOO_MUCH),
    "allocation by indenting": ("{{ 'a' | indent(999999999, true) }}", TOO_MUCH),
    "allocation by list": ("{% set a = [1] %}" + "{% set a = [a, a] %}" * 60, TOO_MUCH),
    "allocation by adding lists": ("{% set a = [1] %}" + "{% set a = a + a %}" * 60, TOO_MUCH),
    "allocation by repeating a list": ("{{ [1] * 999999999 }}", "Wrong type"),
    "allocation by map": ("{% set a = {'k': 1} %}" + "{% set a = {'k': a, 'l': a} %}" * 60, TOO_MUCH),
    "allocation by format": ("{{ '%999999999d' % 1 }}", "Wrong type"),
    "allocation by format in a test": ("{{ '%999999999d' is divisibleby(3) }}", "Wrong type"),
    "allocation by capturing": (
        "{% for a in many %}{% set x %}{% for b in many %}" + "y" * 3000 + "{% endfor %}{% endset %}{% endfor %}",
        TOO_MUCH,
    ),
    "output without end": (LONG + "{% for a in many %}{{ s }}{% endfor %}", TOO_MUCH),
    "text without end": ("{% for a in many %}" + "x" * 5000 + "{% endfor %}", TOO_MUCH),
    "power": ("{{ 10 ** 999999999 }}", REFUSED),
    "number without end": ("{{ " + "9" * 10_000 + " }}", SYNTAX),
    "large number": ("{{ " + "9" * 40 + " }}", REFUSED),
    "infinite number": ("{{ 1e999 }}", REFUSED),
    "growing number": ("{% set n = 99999999999 %}" + "{% set n = n * n %}" * 30 + "{{ n }}", TOO_MUCH),
    "loops in loops": (LOOP + LOOP + "x" + END + END, TOO_MUCH),
    "loops in loops, doing nothing": (LOOP + "{% for c in many %}{% endfor %}" + END, TOO_MUCH),
    "loop that sorts": (LOOP + "{{ many | sort | length }}" + END, TOO_MUCH),
    "loop that searches": (LONG + LOOP + "{% if 'zz' in s %}{% endif %}" + END, TOO_MUCH),
    "loop that wraps": (LONG + LOOP + "{{ s | wordwrap(3) | length }}" + END, TOO_MUCH),
    "loop that re-cases": (LONG + LOOP + "{{ s | title | length }}" + END, TOO_MUCH),
    "loop that compares": (LONG + LOOP + "{% if s ~ 'a' < s ~ 'b' %}{% endif %}" + END, TOO_MUCH),
    "loop that slices": (LONG + LOOP + "{{ s[::-1] | length }}" + END, TOO_MUCH),
    "macro that calls itself": ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", TOO_MUCH),
    "macro that doubles": (
        "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(30) }}",
        TOO_MUCH,
    ),
    "block that calls itself": ("{% block a %}{{ self.a() }}{% endblock %}", TOO_MUCH),
    "include of itself": ("{% include 'body' %}", "Template uses itself"),
    "brackets": ("{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}", SYNTAX),
    "lists in lists": ("{{ " + "[" * 900 + "]" * 900 + " }}", SYNTAX),
    "nots": ("{{ " + "not " * 3000 + "1 }}", SYNTAX),
    "sums": ("{{ 1" + " + 1" * 5000 + " }}", REFUSED),
    "filters": ("{{ 'a'" + " | upper" * 5000 + " }}", REFUSED),
    "members": ("{{ person" + ".a" * 500 + " }}", REFUSED),
    "nested statements": ("{% if 1 %}" * 200 + "{% endif %}" * 200, REFUSED),
    "nested loops": ("{% for a in many %}" * 25 + "{% endfor %}" * 25, REFUSED),
    "too many nodes": ("{{ [" + "1," * 60_000 + "] | length }}", REFUSED),
    "source without end": ("x" * 300_000, SYNTAX),
    "class": ("{{ person.__class__ }}", REFUSED),
    "class by item": ("{{ person['__class__'] }}", UNKNOWN),
    "class by computed item": ("{{ person['__cl' ~ 'ass__'] }}", UNKNOWN),
    "class by map": ("{{ [person] | map(attribute='__class__') | first }}", UNKNOWN),
    "class by sort": ("{{ [person, person] | sort(attribute='__class__.__mro__') | first }}", UNKNOWN),
    "class of text": ("{{ ''['__class__'] }}", UNKNOWN),
    "method of text": ("{{ 'a'.upper() }}", REFUSED),
    "format of text": ("{{ '{0.__class__}'.format(person) }}", REFUSED),
    "format without a call": ("{{ '{0.__class__}'.format }}", UNKNOWN),
    "method of a map": ("{{ {'a': 1}.items() }}", REFUSED),
    "method of a person": ("{{ person['__str__']() }}", REFUSED),
    "globals of a macro": ("{% macro m() %}{% endmacro %}{{ m['_func'] }}", UNKNOWN),
    "name of a macro": ("{% macro m() %}{% endmacro %}{{ m.name }}", UNKNOWN),
    "range": ("{{ range(9) }}", UNKNOWN),
    "cycler": ("{{ cycler('a') }}", UNKNOWN),
    "lipsum": ("{{ lipsum() }}", UNKNOWN),
    "namespace": ("{% set n = namespace(a=1) %}", UNKNOWN),
    "namespace by assignment": ("{% set n = {} %}{% set n.a = 1 %}", REFUSED),
    "context": ("{{ context }}", UNKNOWN),
    "environment": ("{{ environment }}", UNKNOWN),
    "self": ("{{ self._TemplateReference__context }}", REFUSED),
    "cycle of a loop": ("{% for a in many %}{{ loop.cycle('a') }}{% endfor %}", UNKNOWN),
    "recursive loop": ("{% for a in many recursive %}{{ loop(many) }}{% endfor %}", REFUSED),
    "our counter by name": ("{{ ['x'] | map('#tick', -99) | join }}", "Unknown filter"),
    "unlisted filter": ("{{ 'x' | center(9) }}", "Unknown filter"),
    "safe": ("{{ person | safe }}", "Unknown filter"),
    "unlisted test": ("{{ person is mapping }}", "Unknown test"),
    "unlisted test by name": ("{{ [person] | selectattr('name', 'callable') | first }}", "Unknown test"),
    "autoescape off": ("{% autoescape false %}{{ person }}{% endautoescape %}", REFUSED),
    "filter block": ("{% filter default(person.name) %}{% endfilter %}", REFUSED),
    "filter on a set block": ("{% set x | default(person.name) %}{% endset %}{{ x }}", REFUSED),
    "call block": ("{% call person() %}{% endcall %}", REFUSED),
    "varargs": ("{% macro m() %}{{ varargs }}{% endmacro %}{{ m(1) }}", REFUSED),
    "arguments by star": ("{% macro m(a) %}{% endmacro %}{{ m(*many) }}", REFUSED),
    "computed include": ("{% include person.name %}", REFUSED),
    "list of includes": ("{% include ['a', 'b'] %}", REFUSED),
    "include that may be missing": ("{% include 'a' ignore missing %}", REFUSED),
    "computed extends": ("{% extends 'a' if 1 else 'b' %}", REFUSED),
    "missing include": ("{% include '../../etc/passwd' %}", "Missing template"),
    "block defined twice": ("{% block a %}{% endblock %}{% block a %}{% endblock %}", SYNTAX),
    "unknown tag": ("{% do person %}", SYNTAX),
    "division by zero": ("{{ 1 / 0 }}", "Template failed"),
    "null": ("{{ nothing.name }}", "May be null"),
    "null in a sum": ("{{ nothing + 1 }}", "May be null"),
    "text that loops": ("{% for c in 'abc' %}{% endfor %}", "Wrong type"),
    "list that prints": ("{{ many }}", "Wrong type"),
    "unsortable": ("{{ [1, 'a'] | sort | join }}", "Template failed"),
    "unhashable": ("{{ {[1]: 1} }}", "Template failed"),
}


@pytest.mark.parametrize("html", [False, True], ids=["text", "html"])
@pytest.mark.parametrize(("source", "summary"), ATTACKS.values(), ids=ATTACKS)
def test_attack_ends_as_a_fault_within_seconds(source: str, summary: str, html: bool) -> None:
    began = time.process_time()
    fault = attempt(source, html=html)
    assert isinstance(fault, TemplateFault), f"it rendered {len(fault)} characters"
    assert (fault.template, fault.summary) == ("body", summary)
    assert fault.detail.endswith(".")
    assert fault.line == 1
    assert time.process_time() - began < 2


def test_templates_that_multiply_by_including_each_other_end() -> None:
    sources = {f"t{n}": f"{{% include 't{n + 1}' %}}" * 10 for n in range(8)} | {"t8": "x"}
    fault = attempt("{% include 't0' %}", **sources)
    assert isinstance(fault, TemplateFault)
    assert (fault.template, fault.summary) == ("t8", TOO_MUCH)


def test_a_long_chain_of_templates_is_refused() -> None:
    sources = {f"t{n}": f"{{% extends 't{n + 1}' %}}" for n in range(600)} | {"t600": "x"}
    fault = attempt("{% extends 't0' %}", **sources)
    assert isinstance(fault, TemplateFault)
    assert fault.summary == "Too many templates"


def test_templates_that_include_each_other_are_named_both() -> None:
    fault = attempt("{% include 'a' %}", a="\n{% include 'b' %}", b="{% include 'a' %}")
    assert isinstance(fault, TemplateFault)
    assert (fault.template, fault.line, fault.summary) == ("a", 2, "Template uses itself")
    assert "b" in fault.detail


def test_the_fault_stands_at_the_line_of_the_innermost_template() -> None:
    fault = attempt("a\n{% include 'inner' %}", inner="x\n\n{{ nosuch }}")
    assert isinstance(fault, TemplateFault)
    assert (fault.template, fault.line) == ("inner", 3)


def test_private_members_of_an_imported_template_are_out_of_reach() -> None:
    macros = "{% macro b(n) %}<{{ n }}>{% endmacro %}"
    assert attempt("{% import 'm' as m %}{{ m.b(1) }}", m=macros) == "<1>"
    assert isinstance(attempt("{% import 'm' as m %}{{ m['_body_stream'] }}", m=macros), TemplateFault)
    assert isinstance(attempt("{% from 'm' import _x %}", m=macros), TemplateFault)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "{% for n in [1, 2] %}{{ loop.index }}/{{ loop.length }}{% if not loop.last %}, {% endif %}{% endfor %}",
            "1/2, 2/2",
        ),
        ("{% macro b(t) %}[{{ t }}]{% endmacro %}{{ b('x') }}{{ b(t=2) }}", "[x][2]"),
        ("{% set x %}a{{ 1 + 1 }}{% endset %}{{ x }}", "a2"),
        ("{% with a = 3, b = 4 %}{{ a * b }}{% endwith %}", "12"),
        ("{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
        ("{{ 7 / 2 }} {{ 7 // 2 }} {{ 7 % 2 }} {{ 0.1 + 0.2 }} {{ -3 }}", "3.5 3 1 0.3 -3"),
        ("{{ 'abc'[1:] }}{{ [1, 2, 3][-1] }}{{ 'abc'[0] }}", "bc3a"),
        ("{{ '-' * 5 }}{{ 'a' ~ 1 ~ nothing }}", "-----a1"),
        ("{{ true }} {{ nothing }}| {{ 1 if nothing }}|", "yes | |"),
        ("{{ nosuch is defined }} {{ nothing is none }} {{ 4 is even }} {{ 2 in [1, 2] }}", "no yes yes yes"),
        ("{% if 1 < 2 <= 2 and not nothing %}ok{% endif %}", "ok"),
        ("{{ {'a': 1}.a }}", "1"),
        ("{% block t %}T{% endblock %}{{ self.t() }}", "TT"),
    ],
)
def test_ordinary_templates_do_what_jinja_does(source: str, expected: str) -> None:
    assert attempt(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ person }}", "Rosa &lt;b&gt;"),
        ("{{ '<i>' ~ person.name }}", "&lt;i&gt;Rosa &lt;b&gt;"),
        ("{% set x %}<b>{{ person }}</b>{% endset %}{{ x }}", "<b>Rosa &lt;b&gt;</b>"),
        (
            "{% set x %}<b>{{ person }}</b>{% endset %}{{ [x, person] | join('<') }}",
            "<b>Rosa &lt;b&gt;</b>&lt;Rosa &lt;b&gt;",
        ),
        ("{% macro m(a) %}<u>{{ a }}</u>{% endmacro %}{{ m(person.name) | trim }}", "<u>Rosa &lt;b&gt;</u>"),
        ("{{ person.name | replace('Rosa', '<') }}", "&lt; &lt;b&gt;"),
        ("{% set x %}a{% endset %}{{ x | replace('a', person.name) }}", "Rosa &lt;b&gt;"),
        ("{{ nothing | default(person.name) }}", "Rosa &lt;b&gt;"),
        ("{{ person.name | escape }}", "Rosa &lt;b&gt;"),
        ("{{ true | bool('<y>') }}", "&lt;y&gt;"),
        ("{% set x %}a{% endset %}{{ x | truncate(0, true, '<', 0) }}", "&lt;"),
        ("{% set x %}a\nb{% endset %}{{ x | indent('<') }}", "a\n&lt;b"),
    ],
)
def test_html_escapes_every_value(source: str, expected: str) -> None:
    assert attempt(source, html=True) == expected


def test_a_line_break_in_a_subject_is_a_fault() -> None:
    mail = Mail(TemplateRef("EmailTask/x spec.subject", (), "Hello {{ person.name }}\n"))
    assert render(mail, {}, CONTEXT).subject == "Hello Rosa <b>"
    for forged in ("a\r\nBcc: x@example.org", "a\nb", "a\rb", "a\x00b", "a\u2028b", "a\x85b"):
        with pytest.raises(RenderFailure) as failure:
            render(mail, {}, {**CONTEXT, "person": PersonView("a@example.com", forged)})
        assert failure.value.fault.summary == "Line break in a subject"


def test_characters_no_mail_can_carry_are_replaced_in_bodies() -> None:
    assert attempt("a\x00b{{ '\\ud800' }}\tc") == "a\ufffdb\ufffd\tc"


@pytest.mark.parametrize("control", "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
def test_no_value_turns_the_words_around_it(control: str) -> None:
    words = "{{ v.name }}{{ v.name | upper }}{{ v.name | escape }}{% set x %}{{ v.name }}{% endset %}{{ x }}"
    mail = Mail(*(TemplateRef(name, (), words) for name in ("subject", "text", "html")))
    rendered = render(mail, {}, {"v": PersonView("a@example.com", f"a{control}b")})
    assert rendered.subject == rendered.text == rendered.html == "a\ufffdbA\ufffdBa\ufffdba\ufffdb"


def test_marks_that_words_need_stay() -> None:
    mail = Mail(TemplateRef("subject", (), "{{ v.name }}"), None, None)
    assert render(mail, {}, {"v": PersonView("a@example.com", "\u200fא\u200d")}).subject == "\u200fא\u200d"
