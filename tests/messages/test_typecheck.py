"""What the check says about templates before anything is rendered."""

from __future__ import annotations

import pytest

from reconciler.messages.contexts.values import approval_shape, subject_shape, task_shape
from reconciler.messages.language.render import TemplateFault, check
from reconciler.messages.mail import Mail, TemplateRef
from reconciler.model.configuration.declaration import Declaration, ValueType

FIELDS = {
    "host": Declaration(required=True),
    "ticket": Declaration(type=ValueType.URL),
    "dueOn": Declaration(type=ValueType.DATE),
    "amount": Declaration(type=ValueType.NUMBER, required=True),
    "urgent": Declaration(type=ValueType.BOOLEAN, default=False),
}
APPROVAL = approval_shape(FIELDS, {"contact": Declaration(default="desk@example.com")})


def faults(source: str, **sources: str) -> list[TemplateFault]:
    """What is wrong with an inline text body in the context approval."""
    mail = Mail(TemplateRef("subject", (), "x"), TemplateRef("body", (), source))
    return check(mail, sources, APPROVAL)


RIGHT = [
    "{{ request.requester }} {{ request.requester.name }} {{ fields.host }} {{ parameters.contact | upper }}",
    "{{ request.completedAt }} {{ request.completedAt | datetime }} {{ request.completedAt | date | default('-') }}",
    "{{ fields.dueOn | date }} {{ stage.expiresAt | date }} {{ stage.expiresAt | time }} {{ fields.amount | number(2) }}",
    "{{ (stage.expiresAt - now) | duration }} {{ fields.urgent | bool('!', '') }}",
    "{% if request.grant %}{{ request.grant.until | datetime }}{% endif %}",
    "{% if not request.grant %}-{% else %}{{ request.grant.default }}{% endif %}",
    "{% if request.grant is none %}-{% elif request.grant.until %}{{ request.grant.until | date }}{% endif %}",
    "{% if request.grant is not none %}{{ request.grant.default }}{% endif %}",
    "{% if request.grant != none and request.grant.until and request.grant.until > now %}x{% endif %}",
    "{{ request.grant.default if request.grant }} {{ request.grant.default if request.grant else '-' }}",
    "{{ (recipient or request.requester).name }} {{ recipient and recipient.name }}",
    "{% if not recipient or not recipient.external %}x{% endif %}",
    "{{ recipient.via | join(', ') or 'named' if recipient }}",
    "{% set grant = request.grant %}{% if grant %}{{ grant.default }}{% endif %}",
    "{% with grant = request.grant %}{% if grant %}{{ grant.default }}{% endif %}{% endwith %}",
    "{% if request.state == 'approved' %}{% set word = 'yes' %}{% else %}{% set word = 'no' %}{% endif %}{{ word | upper }}",
    "{% for d in decisions if d.comment %}{{ loop.index }} {{ d.person.name }} {{ d.comment }}{% else %}none{% endfor %}",
    "{% for d in request.details %}{{ d.title }}: {{ d.text }}{% endfor %}",
    "{% if decisions %}{{ (decisions | last).comment }}{% endif %}",
    "{{ stage.approvers | map(attribute='name') | join(', ') }} {{ stage.approvers | join(', ', attribute='address') }}",
    "{{ stage.approvers | selectattr('external') | list_length }}".replace(" | list_length", " | length"),
    "{{ task.labels.team }} {{ task.labels['team'] | upper }} {% for key in task.labels %}{{ key }}{% endfor %}",
    "{{ recipient.via[0] if recipient and recipient.via }} {{ request['id'] }} {{ request.id[:8] }}",
    "{% if run is defined %}{{ run.id }}{% endif %} {{ fields.other if fields.other is defined }}",
    "{% if run is not defined %}x{% else %}{{ run.id }}{% endif %}",
    "{% macro row(title, text='') %}{{ title.anything }} {{ text }}{% endmacro %}{{ row('a', text=1) }}",
    "{% set a, b = 1, 2 %}{{ a + b }} {{ a < b }} {{ fields.amount > 100 }}",
    "{% set x %}{{ request.id }}{% endset %}{{ x | upper }}",
    "{{ 'x' ~ request.completedAt ~ fields.ticket }} {{ '-' * 20 }} {{ stage.number + 1 }}",
]


@pytest.mark.parametrize("source", RIGHT)
def test_nothing_is_said_of_a_right_template(source: str) -> None:
    assert faults(source) == []


WRONG = [
    ("{{ nosuch }}", "Unknown variable", "There is no variable `nosuch` in the context approval.", "It has: now"),
    ("{{ reqest.id }}", "Unknown variable", "There is no variable `reqest`", "Did you mean `request`?"),
    ("{{ request.nosuch }}", "Unknown variable", "`request` has no `nosuch`.", "`request` has: id, subject"),
    ("{{ request.requestor }}", "Unknown variable", "`request` has no `requestor`.", "Did you mean `requester`?"),
    ("{{ request['nosuch'] }}", "Unknown variable", "`request` has no `nosuch`.", ""),
    ("{{ request.requester.mail }}", "Unknown variable", "`request.requester` has no `mail`.", ""),
    ("{{ fields.hots }}", "Unknown variable", "`fields` has no `hots`.", "Did you mean `host`?"),
    ("{{ parameters.x }}", "Unknown variable", "`parameters` has no `x`.", ""),
    ("{{ nosuch | default('x') }}", "Unknown variable", "There is no variable `nosuch`", ""),
    ("{{ rnu is defined }}", "Unknown variable", "There is no variable `rnu`", ""),
    ("{{ request.nosuch is defined }}", "Unknown variable", "`request` has no `nosuch`.", ""),
    ("{% for d in decisions %}{{ d.who }}{% endfor %}", "Unknown variable", "`d` has no `who`.", "`d` has: person"),
    ("{% for d in decisions %}{{ loop.indx }}{% endfor %}", "Unknown variable", "`loop` has no `indx`.", "`index`"),
    ("{% for d in decisions %}{% endfor %}{{ d }}", "Unknown variable", "There is no variable `d`", ""),
    ("{{ stage.approvers | map(attribute='nme') | join }}", "Unknown variable", "has no `nme`.", "`name`"),
    ("{{ stage.approvers | selectattr('nme') | length }}", "Unknown variable", "has no `nme`.", "`name`"),
    ("{{ stage.approvers | join(', ', 'nme') }}", "Unknown variable", "has no `nme`.", "`name`"),
    ("{{ stage.approvers | sort(attribute='person.nme') | length }}", "Unknown variable", "has no `person`.", ""),
    ("{% macro m(a) %}{{ nosuch }}{% endmacro %}", "Unknown variable", "There is no variable `nosuch`", ""),
    ("{{ m(1) }}", "Unknown variable", "There is no variable `m`", ""),
    ("{% set x = nosuch %}", "Unknown variable", "There is no variable `nosuch`", ""),
    ("{{ now.year }}", "Unknown variable", "`now` is a date and time and has no `year`.", '`| date("%Y")`'),
    ("{{ request.reason.upper }}", "Unknown variable", "`request.reason` is text", "`| upper`"),
    ("{{ decisions.comment }}", "Unknown variable", "`decisions` is a list", "| first"),
    (
        "{{ request.grant.until }}",
        "May be null",
        "`request.grant` may be null, and `until` is read",
        "{% if request.grant %}",
    ),
    ("{{ decision.comment }}", "May be null", "`decision` may be null", ""),
    ("{{ (decisions | last).comment }}", "May be null", "`decisions | last` may be null", ""),
    ("{% if request.grant %}{% endif %}{{ request.grant.until }}", "May be null", "`request.grant` may be null", ""),
    ("{% if request.grant or now %}{{ request.grant.until }}{% endif %}", "May be null", "`request.grant` may", ""),
    (
        "{% if decision %}{% set decision = request.grant %}{{ decision.until }}{% endif %}",
        "May be null",
        "`decision`",
        "",
    ),
    ("{% if request.grant and request.grant.until > now %}{% endif %}", "May be null", "is compared", ""),
    ("{{ request.completedAt - now }}", "May be null", "`request.completedAt` is calculated with", ""),
    ("{{ fields.dueOn | datetime }}", "Wrong type", "`fields.dueOn` is a date", "| date"),
    ("{{ fields.host | datetime }}", "Wrong type", "works on a date and time; `fields.host` is text", ""),
    ("{{ fields.host | number }}", "Wrong type", "`fields.host` is text", ""),
    ("{{ request | join }}", "Wrong type", "works on a list", ""),
    ("{{ fields.ticket | round }}", "May be null", "`fields.ticket` may be null", "default"),
    ("{{ stage.approvers }}", "Wrong type", "`stage.approvers` is a list.", '`| join(", ")`'),
    ("{{ 'x' ~ stage.approvers }}", "Wrong type", "`stage.approvers` is a list.", ""),
    ("{{ fields }}", "Wrong type", "`fields` is no text", "host"),
    ("{% for c in request.reason %}{% endfor %}", "Wrong type", "is text and no list", ""),
    ("{% for c in request.grant %}{% endfor %}", "May be null", "which may be null", ""),
    ("{% for a in range(10) %}{{ a }}{% endfor %}", "Unknown variable", "`range`", ""),
    ("{{ now + 1 }}", "Wrong type", "`+` stands between a date and time and a whole number.", ""),
    ("{{ 'a' < 1 }}", "Wrong type", "Text is compared with a whole number.", ""),
    ("{{ request.reason | defalt('x') }}", "Unknown filter", "There is no filter `defalt`.", "Did you mean `default`?"),
    ("{{ request.reason is nul }}", "Unknown test", "There is no test `nul`.", ""),
    ("{{ request.id.upper() }}", "Not allowed in templates", "Methods and functions", "filter"),
    ("{{ request.id ", "Template syntax", "cannot be read", ""),
    ("{% if x %}", "Template syntax", "cannot be read", ""),
    ("{% block a %}{% endblock %}{% block a %}{% endblock %}", "Template syntax", "defined twice", ""),
]


@pytest.mark.parametrize(("source", "summary", "detail", "hint"), WRONG, ids=[each[0] for each in WRONG])
def test_one_fault_is_found(source: str, summary: str, detail: str, hint: str) -> None:
    (fault,) = faults("\n" + source)
    assert (fault.template, fault.line, fault.summary) == ("body", 2, summary)
    assert detail in fault.detail
    assert hint in fault.hint


def test_every_fault_is_found_at_its_line() -> None:
    found = faults("{{ a }}\n{{ request.b }}\n\n{% if request.c %}\n{{ d }}{% endif %}")
    assert [(fault.line, fault.summary) for fault in found] == [(n, "Unknown variable") for n in (1, 2, 4, 5)]


def test_blocks_parents_and_includes_are_checked_in_the_same_context() -> None:
    found = faults(
        "{% extends 'layout' %}{% block content %}{{ request.a }}{% include 'part' %}{% endblock %}",
        layout="\n{% block content %}{% endblock %}{{ request.b }}",
        part="\n\n{{ request.c }}",
    )
    assert [(fault.template, fault.line) for fault in found] == [("body", 1), ("layout", 2), ("part", 3)]


def test_a_parent_sees_what_its_child_sets() -> None:
    child = "{% extends 'layout' %}{% set title = request.id %}"
    assert faults(child, layout="{{ title | upper }}") == []


def test_a_template_included_with_a_guard_knows_of_it() -> None:
    assert faults("{% if decision %}{% include 'part' %}{% endif %}", part="{{ decision.comment }}") == []
    assert len(faults("{% include 'part' %}", part="{{ decision.comment }}")) == 1


def test_imported_macros_see_no_variables() -> None:
    (fault,) = faults(
        "{% import 'm' as m %}{{ m.row(1) }}", m="{% macro row(a) %}{{ a }}{{ request.id }}{% endmacro %}"
    )
    assert (fault.template, fault.summary) == ("m", "Unknown variable")


def test_a_block_sees_no_name_of_the_loop_around_it() -> None:
    source = "{% for d in decisions %}{% block row %}{{ d.comment }}{% endblock %}{% endfor %}"
    assert [fault.summary for fault in faults(source)] == ["Unknown variable"]
    assert faults(source.replace("block row", "block row scoped")) == []


def test_the_subject_of_a_type_sees_requester_reason_and_fields_only() -> None:
    shape = subject_shape(FIELDS)
    right = Mail(TemplateRef("s", (), "{{ fields.host }} for {{ request.requester.name }}: {{ request.reason }}"))
    assert check(right, {}, shape) == []
    assert len(check(Mail(TemplateRef("s", (), "{{ request.id }} {{ now }} {{ project.name }}")), {}, shape)) == 3


def test_the_context_task_has_a_run_and_no_request() -> None:
    shape = task_shape({})
    assert (
        check(Mail(TemplateRef("s", (), "{{ run.scheduledAt | date }} {{ schedule.name if schedule }}")), {}, shape)
        == []
    )
    (fault,) = check(Mail(TemplateRef("s", (), "{{ request.id }}")), {}, shape)
    assert fault.detail == "There is no variable `request` in the context task."


def test_the_same_check_gives_the_same_faults() -> None:
    assert faults("{{ a }}{{ b }}") == faults("{{ a }}{{ b }}")


COMPARED = [
    "{% if request.id == 'req_1' %}x{% endif %}",
    "{% if 'req_1' != request.id %}x{% endif %}",
    "{{ 'x' if request.id[:3] == 'req' }}",
    "{{ 'x' if request.id[0] == 'r' }}",
    "{{ 'x' if 'SAMPLE' in request.id }}",
    "{{ 'x' if request.id not in ['a', 'b'] }}",
    "{{ 'x' if request.id < 'req_2' }}",
    "{{ 'x' if 'a' < request.id < 'b' }}",
    "{{ 'x' if request.id is eq 'a' }}",
    "{{ 'x' if request.id is in ['a'] }}",
    "{{ 'x' if 'a' is in request.id }}",
    "{{ 'x' if 'a' is eq(request.id) }}",
    "{{ 'x' if request.id | lower == 'a' }}",
    "{{ 'x' if request.id | replace('req_', '') | upper == 'A' }}",
    "{{ 'x' if request.id | replace('req_1', '') }}",
    "{% set rest = request.id | replace('req_1', '') %}{% if not rest %}x{% endif %}",
    "{{ 'x' if request.id | length == 30 }}",
    "{{ 'x' if request.id ~ '' == 'a' }}",
    "{{ 'x' if request.id == 'a' ~ 'b' }}",
    "{{ 'x' if request.digest == 'a' or request.commands.approve == 'b' }}",
    "{% set x = request.id %}{{ 'x' if x == 'a' }}",
    "{% set x %}{{ request.id }}{% endset %}{{ 'x' if x == 'a' }}",
    "{% set k = 'a' %}{{ 'x' if request.id == k }}",
    "{% set x, y = request.id, 1 %}{{ 'x' if x == 'a' }}",
    "{% with x = request.id %}{{ 'x' if x == 'a' }}{% endwith %}",
    "{% if stage.name %}{% set x = request.id %}{% else %}{% set x = '' %}{% endif %}{{ 'x' if x == 'a' }}",
    "{% for x in [request.id] %}{{ 'x' if x == 'a' }}{% endfor %}",
    "{% for k in ['a', 'b'] %}{{ 'x' if request.id == k }}{% endfor %}",
    "{% for d in decisions if d.person.name == 'a' %}x{% endfor %}",
    "{% macro m(x) %}{{ 'x' if x == 'a' }}{% endmacro %}{{ m(request.id) }}",
    "{% macro m(x) %}{{ 'x' if x == 'a' }}{% endmacro %}{{ m(x=request.id) }}",
    "{% macro m(x) %}{{ 'x' if request.id == x }}{% endmacro %}{{ m('a') }}",
    "{% macro m(x='a') %}{{ 'x' if request.id == x }}{% endmacro %}{{ m() }}",
    "{% macro m(x) %}{{ 'x' if x == 'a' }}{% endmacro %}{% macro n(y) %}{{ m(y) }}{% endmacro %}{{ n(request.id) }}",
    "{% macro m(x) %}{{ x }}{% endmacro %}{{ 'x' if m(request.id) == 'a' }}",
    "{% import 'm.j2' as m %}{{ m.ask(request.id) }}",
    "{% from 'm.j2' import ask as other %}{{ other(request.id) }}",
    "{{ {'a': 1, 'b': 2}[request.id] }}",
    "{{ 'x' if (request.id or 'y') == 'a' }}",
    "{{ 'x' if (request.id if stage.name else 'y') == 'a' }}",
    "{{ 'x' if now | date('%Y') == '2026' }}",
    "{{ 'x' if now | time == '08:30' }}",
    "{{ 'x' if now | date('%M') | int > 30 }}",
    "{{ 'x' if now | date('%M') | int is even }}",
    "{{ ['a', 'b'][now | date('%M') | int - 30] }}",
    "{{ 'x' if request.completedAt and request.completedAt | date == 'a' }}",
    "{{ 'x' if recipient.name == 'a' }}",
    "{{ 'x' if recipient.address == 'a@example.com' }}",
    "{{ 'x' if recipient | lower == 'a' }}",
    "{{ 'x' if 'example.com' in recipient.address }}",
    "{{ 'x' if request.requester.name in ('a', 'b') }}",
    "{{ 'x' if request.submittedBy == 'a' }}",
    "{{ 'x' if stage.approvers | map(attribute='address') | join(',') == 'a' }}",
    "{{ 'x' if stage.approvers | map(attribute='name') | map('lower') | first == 'a' }}",
    "{{ 'x' if stage.approvers | join(',', attribute='name') == 'a' }}",
    "{{ stage.approvers | selectattr('address', 'eq', 'a') | length }}",
    "{{ stage.approvers | rejectattr('name', 'in', ['a']) | length }}",
    "{{ decisions | selectattr('person.address', 'eq', 'a') | length }}",
    "{{ 'x' if stage.approvers and (stage.approvers | first).name == 'a' }}",
    "{{ 'x' if decision and decision | lower == 'a' }}",
    "{% for p in stage.approvers %}{{ 'x' if p.address == 'a' }}{% endfor %}",
]

NOT_COMPARED = [
    "{{ 'x' if recipient.language == 'de' and recipient.external and recipient.timezone == 'UTC' }}",
    "{{ stage.approvers | selectattr('language', 'eq', 'de') | length }} {{ stage.approvers | selectattr('address') | length }}",
    "{{ 'x' if stage.approvers | map(attribute='language') | first == 'de' }}",
    "{{ 'x' if stage.approvers | length == 1 and recipient.via | length == 1 }}",
    "{% if recipient.name %}x{% endif %}{% if not request.id %}x{% endif %}{{ 'x' if request.submittedBy }}",
    "{{ 'x' if recipient.name == '' or recipient.name | length > 0 or request.submittedBy != none }}",
    "{{ 'x' if recipient.name | trim }}",
    "{{ 'x' if request.requester.address == recipient.address or request.id == fields.host }}",
    "{{ 'x' if now > request.createdAt or request.id in fields.host }}",
    "{{ 'x' if request.state == 'approved' or task.name == 'a' or request.type.name == 'b' or stage.quorum == 'all' }}",
    "{{ 'x' if fields.amount > 100 or fields.host == 'db' or parameters.contact == 'a@example.com' }}",
    "{{ 'x' if decision and decision.choice == 'deny' }}",
    "{{ request.id[:8] }} {{ recipient.name | replace(' ', '.') | lower }} {{ request.id ~ '.html' }}",
    "{{ 'x' if task.labels.team == 'a' and 'a' in task.labels.team }}",
    "{% set x = request.id %}{% set x = request.state %}{{ 'x' if x == 'approved' }}",
    "{% macro m(x) %}{{ 'x' if x == 'a' }}{% endmacro %}{{ m(request.state) }}{{ m('a') }}",
    "{% for x in ['a', request.state] %}{{ 'x' if x == 'a' }}{% endfor %}",
    "{{ 'x' if loop_is_none is not defined }}".replace("loop_is_none", "run"),
]
ASKING = "{% macro ask(x) %}{{ 'x' if x == 'a' }}{% endmacro %}"


@pytest.mark.parametrize("source", COMPARED)
def test_what_tells_a_sample_from_a_mail_and_a_constant_are_a_warning(source: str) -> None:
    found = faults(source, **{"m.j2": ASKING})
    assert {(fault.summary, fault.warning, fault.line) for fault in found} == {("Compared with a constant", True, 1)}
    assert all(fault.detail and fault.hint for fault in found)


@pytest.mark.parametrize("source", NOT_COMPARED)
def test_what_a_manifest_says_may_be_compared(source: str) -> None:
    assert faults(source) == []
