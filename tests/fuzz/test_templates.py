"""Whatever a template says, it becomes a mail, or a fault with its line and plain words, soon and in little room."""

from __future__ import annotations

from hypothesis import given

from reconciler.messages.compose.mime import inline_css, make_text
from reconciler.messages.contexts.shape import Shape
from reconciler.messages.language.render import RenderFailure, TemplateFault, check, render
from reconciler.messages.mail import Mail, TemplateRef
from tests.fuzz.template_words import CONTEXT, EXPRESSIONS, TEMPLATES
from tests.fuzz.within import within
from tests.support.draws import drawn

SUBJECT = TemplateRef("subject", ("spec", "subject"), "x")
OTHER = "{% macro m(a) %}{{ a }}{% endmacro %}{{ x }}"


def tried(source: str) -> None:
    """As text and as HTML. The fault of ours that says a bug is none that may come."""
    body = TemplateRef("body", ("spec", "body"), source)
    for mail in (Mail(SUBJECT, body), Mail(SUBJECT, None, body)):
        with within():
            faults = check(mail, {"other": OTHER}, Shape("test", {}))
        assert all(map(is_told, faults))
        with within():
            try:
                rendered = render(mail, {"other": OTHER}, CONTEXT)
            except RenderFailure as failure:
                assert is_told(failure.fault)
                continue
        (rendered.text or rendered.html or "").encode()
        with within():
            try:
                assert not rendered.html or make_text(inline_css(rendered.html))
            except ValueError as unusable:
                assert " " in str(unusable)


def is_told(fault: TemplateFault) -> bool:
    """Whether it has a place, a phrase and sentences, in no words of Python's."""
    said = f"{fault.summary} {fault.detail} {fault.hint}"
    return fault.line >= 1 and bool(fault.summary and fault.detail and fault.hint) and "Error" not in said


@drawn(40)
@given(EXPRESSIONS)
def test_any_expression_ends_well(expression: str) -> None:
    tried("{% macro m(a) %}{{ a }}{% endmacro %}{% set x = [1, 'a'] %}{{ " + expression + " }}")


@drawn(4)
@given(EXPRESSIONS)
def test_any_expression_a_million_times_ends_well(expression: str) -> None:
    tried("{% for x in words %}{% for y in words %}{% set z = " + expression + " %}{% endfor %}{% endfor %}")


@drawn(25)
@given(TEMPLATES)
def test_any_template_ends_well(source: str) -> None:
    tried(source)
