"""What holds for every value and every template."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.kinds.mail.build_context import RequestSurroundings
from reconciler.kinds.mail.samples import ApprovalSampling
from reconciler.messages.contexts.values import NamedView, PersonView, ProcessView, TaskView, approval_shape
from reconciler.messages.language.limits import MAX_OUTPUT
from reconciler.messages.language.render import RenderFailure, check, render
from reconciler.messages.mail import Mail, TemplateRef
from reconciler.model.approvals.request import Rules, Stage
from reconciler.model.configuration.declaration import Declaration
from reconciler.model.duration import parse_duration

FIELDS = {"host": Declaration(required=True), "ticket": Declaration()}
SAMPLING = ApprovalSampling(
    slot="start",
    task=TaskView("t", "T"),
    declared={},
    around=RequestSurroundings(type=NamedView("access", "Access"), process=ProcessView("p", "P"), fields=FIELDS),
    stage=Stage("", (), 1, parse_duration("7d")),
    rules=Rules(),
)
SAMPLES = {name: SAMPLING.make(name) for name in ("typical", "awkward")}
SHAPE = approval_shape(FIELDS, {})
SUBJECT = TemplateRef("subject", (), "x")

WAYS = [
    "{{ v.name }}",
    "{{ v }}",
    "{{ '' ~ v.name }}",
    "{{ [v.name] | join }}",
    "{{ [v] | map(attribute='name') | join(', ') }}",
    "{{ v.name | default('x') }}",
    "{{ none | default(v.name) }}",
    "{{ 'x' | replace('x', v.name) }}",
    "{{ v.name | trim | lower | upper | capitalize | title }}",
    "{{ v.name | truncate(20) | wordwrap(5) | indent(2) }}",
    "{% set x %}{{ v.name }}{% endset %}{{ x | trim | truncate(9) }}{{ x | upper }}{{ x | replace('a', v.name) }}",
    "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(v.name) | indent(3) | wordwrap(4) | title }}",
    "{% set x %}-{% endset %}{{ x ~ v.name }}{{ [x, v.name] | join(v.name) }}{{ v.name + x }}{{ x + v.name }}",
    "{{ v.name | first }}{{ v.name | last }}{{ v.name[0] if v.name }}{{ v.name[1:] }}{{ v.name * 2 }}",
    "{% block b %}{{ v.name }}{% endblock %}{{ self.b() }}",
    "{{ true | bool(v.name) }}{{ 1234.5 | number(1, v.name, v.name) }}{{ v.name | escape }}",
]
hostile = st.text(st.characters(codec="utf-8") | st.sampled_from("<>&\"'{}%"), max_size=60)


@settings(max_examples=150)
@given(name=hostile, way=st.sampled_from(WAYS))
def test_no_value_breaks_out_of_html(name: str, way: str) -> None:
    mail = Mail(SUBJECT, None, TemplateRef("body", (), way))
    written = render(mail, {}, {"v": PersonView("a@example.com", name)}).html or ""
    assert not set(written) & set("<>\"'")


@settings(max_examples=100)
@given(name=hostile)
def test_html_says_what_the_value_says(name: str) -> None:
    mail = Mail(SUBJECT, TemplateRef("text", (), "{{ v.name }}"), TemplateRef("body", (), "{{ v.name }}"))
    rendered = render(mail, {}, {"v": PersonView("a@example.com", name)})
    written = rendered.html or ""
    for entity, sign in (("&lt;", "<"), ("&gt;", ">"), ("&#34;", '"'), ("&#39;", "'"), ("&amp;", "&")):
        written = written.replace(entity, sign)
    assert written == rendered.text


@settings(max_examples=100)
@given(name=st.text(max_size=40))
def test_a_subject_is_one_line_or_a_fault(name: str) -> None:
    try:
        subject = render(
            Mail(TemplateRef("s", (), "a {{ v.name }} b")), {}, {"v": PersonView("a@example.com", name)}
        ).subject
    except RenderFailure:
        return
    assert len(subject.splitlines()) == 1
    subject.encode()


PIECES = [
    "{{ ", " }}", "{% ", " %}", "if ", "endif", "else", "for ", "endfor", " in ", "set ", "endset", "macro m(a)",
    "endmacro", "m(1)", "block b", "endblock", "self.b()", "request", "stage", ".", "approvers", "name", "grant",
    "fields", "host", "x", "loop", " | ", "join", "map(attribute='name')", "first", "upper", "replace('a', x)",
    "sort", "default(1)", "int", "wordwrap(1)", "date", " ~ ", " + ", " * ", " - ", " / ", "99999", "'x'", "[", "]",
    "(", ")", ",", "{", "}", ":", " is ", "none", " not ", " and ", " if ", " else ", "<", "\n", "text", "0.5",
    "-1", "now", " == ", "'\\ud800'", "'%s'", "__class__", "#", "{#", "#}", "=", "|", "true",
]  # fmt: skip
ORDERLY = [
    "{% for x in stage.approvers %}", "{% for x in [1, 2, 3] * 1 %}", "{% endfor %}", "{% if request.grant %}",
    "{% endif %}", "{% set x = x ~ x %}", "{% set x = [x, x] %}", "{% set x = 'ab' * 9999 %}", "{{ x }}",
    "{{ x | upper | replace('A', x) }}", "{{ request.grant.until }}", "{{ x | join(x) }}", "{{ x | sort | first }}",
    "{% macro m(a) %}", "{% endmacro %}", "{{ m(x) }}", "{{ (stage.expiresAt - now) * 99999 }}",
    "{{ now + (now - stage.openedAt) }}", "{{ x + 1 }}", "{{ x % 2 }}", "{{ x[0] }}", "{% with x = request %}",
    "{% endwith %}", "{{ x.name }}", "{{ x is divisibleby 2 }}", "{% block b %}", "{% endblock %}",
    "{{ self.b() }}", "{{ super() }}", "{{ x | int * 10000000000 }}", "{% set x = x | int * 9999999 + 1 %}",
    "{{ x | date('%Y') }}",
]  # fmt: skip
templates = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=30).map("".join) | st.lists(
    st.sampled_from(ORDERLY), max_size=15
).map("".join)


@settings(max_examples=400)
@given(source=templates, sample=st.sampled_from(["typical", "awkward"]))
def test_any_template_renders_within_bounds_or_fails_as_a_fault(source: str, sample: str) -> None:
    body = TemplateRef("body", (), source)
    mail = Mail(SUBJECT, body, body)
    found: list[Any] = check(mail, {}, SHAPE)
    assert all(fault.detail and fault.line >= 1 for fault in found)
    try:
        rendered = render(mail, {}, SAMPLES[sample])
    except RenderFailure as failure:
        assert failure.fault.detail and failure.fault.line >= 1
        return
    assert len(rendered.text or "") <= MAX_OUTPUT
    (rendered.text or "").encode()
