"""What the check says about templates before anything is rendered."""

from __future__ import annotations

import pytest

from reconciler.messages.contexts import approval_shape, subject_shape, task_shape
from reconciler.messages.mail import Mail, TemplateRef
from reconciler.messages.render import TemplateFault, check
from reconciler.model.declaration import Declaration, ValueType

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
