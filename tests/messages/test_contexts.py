"""The contexts as types, as values, and as the reference describes them."""

from __future__ import annotations

import dataclasses
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from reconciler.messages.contexts import values as contexts
from reconciler.messages.contexts.shape import DATETIME, TEXT, ListOf, Nullable, ObjectType, nullable, type_of
from reconciler.messages.contexts.values import (
    ContextApproval,
    ContextTask,
    DecisionView,
    NamedView,
    PersonView,
    View,
    approval_shape,
    subject_shape,
    task_shape,
)
from reconciler.messages.language import limits
from reconciler.messages.language.arithmetic import TESTS
from reconciler.messages.language.filters import FILTERS
from reconciler.model.configuration.declaration import Declaration, ValueType

REFERENCE = (Path(__file__).parents[2] / "docs" / "templates.md").read_text()


def views() -> list[type]:
    """Every class whose fields templates reach."""
    found = [each for each in vars(contexts).values() if isinstance(each, type) and issubclass(each, View)]
    return [each for each in found if each not in (View, contexts.Namespace)]


@pytest.mark.parametrize("view", views(), ids=lambda view: view.__name__)
def test_every_variable_stands_in_the_reference(view: type) -> None:
    words = set(re.findall(r"[A-Za-z]+", REFERENCE))
    assert {each.name for each in dataclasses.fields(view)} <= words


def test_every_filter_and_test_stands_in_the_reference() -> None:
    words = set(re.findall(r"[a-z]+", REFERENCE))
    assert set(FILTERS) <= words
    assert {test for test in TESTS if test.isalpha()} <= words


def test_every_limit_stands_in_the_reference() -> None:
    numbers = set(re.findall(r"[0-9][0-9,]*", REFERENCE.partition("## Limits")[2].replace(", ", " ")))
    for name in ("SOURCE", "NODES", "SOURCES", "STEPS", "VALUE", "ITEMS", "OUTPUT", "CALLS", "DEPTH", "NESTED"):
        assert f"{getattr(limits, 'MAX_' + name):,}" in numbers, name


def test_names_are_camel_case() -> None:
    names = [each.name for view in views() for each in dataclasses.fields(view)]
    assert [name for name in names if not re.fullmatch(r"[a-z]+([A-Z][a-z]*)*", name)] == []


def test_roots_of_the_contexts() -> None:
    every = ["now", "environment", "project", "task", "recipient", "recipients", "language", "timezone", "parameters"]
    assert list(task_shape({}).roots) == [*every, "run", "schedule"]
    approval = ["request", "fields", "stage", "stages", "decisions", "decision", "activity", "round"]
    assert list(approval_shape({}, {}).roots) == every + approval
    assert list(subject_shape({}).roots) == ["request", "fields"]


def test_a_declared_value_may_be_null_unless_required_or_defaulted() -> None:
    declared = {
        "a": Declaration(required=True),
        "b": Declaration(default="x"),
        "c": Declaration(),
        "d": Declaration(type=ValueType.DATETIME, required=True),
    }
    fields = approval_shape(declared, {}).roots["fields"]
    assert isinstance(fields, ObjectType)
    assert dict(fields.members) == {"a": TEXT, "b": TEXT, "c": Nullable(TEXT), "d": DATETIME}


def test_annotations_become_types() -> None:
    assert type_of(str) == TEXT
    assert type_of(datetime | None) == Nullable(DATETIME)
    assert type_of(tuple[str, ...]) == ListOf(TEXT)
    assert nullable(Nullable(TEXT)) == Nullable(TEXT)
    with pytest.raises(TypeError, match="bug in reconciler"):
        type_of(complex)


@pytest.mark.parametrize("view", [ContextTask, ContextApproval])
def test_values_and_types_are_declared_once(view: type) -> None:
    shape: Any = task_shape({}) if view is ContextTask else approval_shape({}, {})
    assert list(shape.roots) == [each.name for each in dataclasses.fields(view)]


def test_views_print_what_people_call_them() -> None:
    rosa = PersonView("rosa@example.com", "Rosa")
    assert [str(rosa), str(PersonView("rosa@example.com")), str(NamedView("x", "The X"))] == [
        "Rosa",
        "rosa@example.com",
        "The X",
    ]
    at = datetime(2026, 3, 2, tzinfo=UTC)
    assert str(DecisionView(rosa, "deny", "Not now", at, "1")) == "Rosa: denied (Not now)"
    assert str(DecisionView(rosa, "approve", "", at, "1")) == "Rosa: approved"
