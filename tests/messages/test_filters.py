"""What filters and printing make of values."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from reconciler.messages.contexts.values import Namespace, PersonView
from reconciler.messages.language.printing import format_duration
from reconciler.messages.language.render import RenderFailure, render
from reconciler.messages.mail import Mail, TemplateRef
from reconciler.model.duration import Duration

CONTEXT: dict[str, Any] = {
    "timezone": "Europe/Berlin",
    "at": datetime(2026, 3, 2, 8, 30, tzinfo=UTC),
    "summer": datetime(2026, 7, 1, 22, 30, tzinfo=UTC),
    "day": date(2026, 3, 2),
    "none": None,
    "people": (PersonView("b@example.com", "Bo"), PersonView("a@example.com", external=True)),
    "fields": Namespace({"amount": Decimal("12500.50"), "wait": Duration("8h", 28_800), "empty": None}),
}


def text(source: str, **more: Any) -> str:
    """What the template comes to."""
    return render(Mail(TemplateRef("s", (), "x"), TemplateRef("t", (), source)), {}, CONTEXT | more).text or ""


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ at }}", "2026-03-02 09:30 CET"),
        ("{{ summer }}", "2026-07-02 00:30 CEST"),
        ("{{ at | datetime }}", "2026-03-02 09:30 CET"),
        ("{{ at | datetime('%d.%m.%Y %H:%M') }}", "02.03.2026 09:30"),
        ("{{ summer | date }}", "2026-07-02"),
        ("{{ day | date('%-d %B %Y') }}", "2 March 2026"),
        ("{{ summer | time }}", "00:30"),
        ("{{ day }}", "2026-03-02"),
        ("{{ (summer - at) | duration }}", "121 d 14 h"),
        ("{{ summer - at }}", "121 d 14 h"),
        ("{{ at + fields.wait }}", "2026-03-02 17:30 CET"),
        ("{{ fields.wait }} {{ fields.wait | duration }}", "8 h 8 h"),
        ("{{ fields.amount }} {{ fields.amount | number }} {{ fields.amount | number(2) }}", "12500.5 12,500.5 12,500.50"),
        ("{{ fields.amount | number(0, '.', ',') }}", "12.501"),
        ("{{ true | bool }} {{ false | bool('ja', 'nein') }}", "yes nein"),
        ("{{ none | datetime }}{{ none | date }}{{ none | time }}{{ none | duration }}{{ none | number }}{{ none | bool }}", ""),
        ("{{ 'über alles' | capitalize }} {{ 'ABC' | lower }}", "Über alles abc"),
        ("{{ 'abc' | upper }} {{ 'a bc-de' | title }}", "ABC A Bc-De"),
        ("{{ none | default('-') }} {{ nosuch | default('x') }} {{ '' | default('e', true) }}", "- x e"),
        ("{{ people | first }} {{ people | last }} {{ [] | first }}", "Bo a@example.com "),
        ("{{ people | length }} {{ 'abc' | length }}", "2 3"),
        ("{{ people | join(', ') }}", "Bo, a@example.com"),
        ("{{ people | join(', ', attribute='address') }}", "b@example.com, a@example.com"),
        ("{{ people | map(attribute='name') | join('|') }} {{ ['a'] | map('upper') | join }}", "Bo| A"),
        ("{{ people | map(attribute='name', default='?') | join('|') }}", "Bo|"),
        ("{{ people | selectattr('external') | join }}", "a@example.com"),
        ("{{ people | rejectattr('external') | join }}", "Bo"),
        ("{{ people | selectattr('address', 'eq', 'b@example.com') | join }}", "Bo"),
        ("{{ people | sort(attribute='address') | join(' ') }}", "a@example.com Bo"),
        ("{{ [3, 1, 2] | sort(reverse=true) | join }}", "321"),
        ("{{ ['a', 'A', 'b'] | unique | join }} {{ ['a', 'A'] | unique(true) | join }}", "ab aA"),
        ("{{ '3' | int + 1 }} {{ 'x' | int }} {{ 'x' | int(7) }} {{ 3.9 | int }}", "4 0 7 3"),
        ("{{ 2.5 | round }} {{ 3.14159 | round(2) }} {{ 2.1 | round(0, 'ceil') }}", "3 3.14 3"),
        ("{{ 'a b' | replace('a', 'c') }} {{ 'aaa' | replace('a', 'b', 1) }}", "c b baa"),
        ("{{ '  x ' | trim }}|{{ '--x-' | trim('-') }}", "x|x"),
        ("{{ 'one two three four' | truncate(9, leeway=0) }}", "one two…"),
        ("{{ 'one two three' | wordwrap(7) }}", "one two\nthree"),
        ("{{ 'a\nb' | indent(2) }}|{{ 'a' | indent(2, true) }}", "a\n  b|  a"),
        ("{{ '<' | escape }}", "&lt;"),
    ],
)  # fmt: skip
def test_filter(source: str, expected: str) -> None:
    assert text(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        "{{ 'x' | datetime }}",
        "{{ day | datetime }}",
        "{{ 1 | date }}",
        "{{ at | date('%Q') }}",
        "{{ 'x' | number }}",
        "{{ 'x' | round }}",
        "{{ 1 | round(0, 'sideways') }}",
        "{{ 1 | round(99) }}",
        "{{ 3 | duration }}",
        "{{ 3 | join }}",
        "{{ none | length }}",
        "{{ people | map }}",
        "{{ people | map('nosuch') | join }}",
        "{{ 'x' | wordwrap(0) }}",
        "{{ 'x' | indent(1.5) }}",
        "{{ at + at }}",
        "{{ 'x' + 1 }}",
        "{{ -at }}",
    ],
)
def test_filter_refuses(source: str) -> None:
    with pytest.raises(RenderFailure):
        text(source)


@pytest.mark.parametrize(
    ("duration", "expected"),
    [
        (timedelta(days=3, hours=4), "3 d 4 h"),
        (timedelta(days=3), "3 d"),
        (timedelta(days=2, hours=23, minutes=59, seconds=58), "3 d"),
        (timedelta(hours=4, minutes=30), "4 h 30 min"),
        (timedelta(minutes=59, seconds=59.7), "1 h"),
        (timedelta(minutes=45), "45 min"),
        (timedelta(seconds=90), "1 min 30 s"),
        (timedelta(seconds=5), "5 s"),
        (timedelta(), "0 s"),
        (-timedelta(hours=2), "-2 h"),
    ],
)
def test_duration_prints_its_two_largest_units(duration: timedelta, expected: str) -> None:
    assert format_duration(duration) == expected


def test_elapsed_time_is_counted_across_the_change_of_clocks() -> None:
    source = "{{ after - before }}"
    assert (
        text(source, before=datetime(2026, 3, 28, 12, tzinfo=UTC), after=datetime(2026, 3, 29, 12, tzinfo=UTC)) == "1 d"
    )


def test_an_unknown_zone_prints_utc() -> None:
    assert text("{{ at }}", timezone="Mars/Olympus") == "2026-03-02 08:30 UTC"
