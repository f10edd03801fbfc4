"""The two samples every template is rendered with."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

import pytest

from reconciler.messages.contexts.samples import (
    SampleApproval,
    Samples,
    approval_samples,
    subject_samples,
    task_samples,
)
from reconciler.messages.contexts.shape import Labels, ListOf, Nullable, ObjectType, ScalarType, Shape, Type
from reconciler.messages.contexts.values import (
    NamedView,
    Namespace,
    PersonView,
    ProcessView,
    TaskView,
    View,
    approval_shape,
    subject_shape,
    task_shape,
)
from reconciler.model.configuration.declaration import Declaration, ValueType, check_value

TASK = TaskView("tell", "Tell people", labels={"team": "desk"})
FIELDS = {
    "host": Declaration(required=True, title="Host", example="db-07"),
    "ticket": Declaration(type=ValueType.URL, title="Ticket", example="https://tickets.example.com/1"),
    "size": Declaration(type=ValueType.INTEGER, required=True, minimum=5, maximum=9),
    "level": Declaration(required=True, enum=("low", "very high")),
    "short": Declaration(required=True, max_length=3),
} | {f"a-{kind}".replace("-", ""): Declaration(type=kind, required=True) for kind in ValueType}
APPROVAL = SampleApproval(NamedView("access", "Server access"), ProcessView("two", "Two eyes"), FIELDS)
CASES: dict[str, tuple[Samples, Shape]] = {
    "task": (task_samples(task=TASK, parameters=FIELDS), task_shape(FIELDS)),
    "start": (approval_samples(APPROVAL, task=TASK, parameters=FIELDS), approval_shape(FIELDS, FIELDS)),
    "completed": (
        approval_samples(APPROVAL, task=TASK, parameters={}, activity="completed"),
        approval_shape(FIELDS, {}),
    ),
    "subject": (subject_samples(FIELDS), subject_shape(FIELDS)),
}


def misfits(value: Any, declared: Type, path: str) -> Iterator[str]:
    """Paths at which the value is not of the declared type."""
    if isinstance(declared, Nullable):
        if value is not None:
            yield from misfits(value, declared.inner, path)
    elif isinstance(declared, ListOf):
        for item in value:
            yield from misfits(item, declared.item, f"{path}[]")
    elif isinstance(declared, ObjectType) and isinstance(value, Namespace):
        for name, inner in declared.members.items():
            yield from misfits(value.values[name], inner, f"{path}.{name}")
    elif isinstance(declared, ObjectType):
        for name, inner in declared.members.items():
            yield from misfits(getattr(value, name), inner, f"{path}.{name}")
    elif isinstance(declared, Labels):
        if not isinstance(value, Mapping):
            yield path
    elif isinstance(declared, ScalarType) and (value is None or isinstance(value, View | list | tuple)):
        yield path


def moments(value: Any) -> Iterator[datetime]:
    """Every date and time inside."""
    if isinstance(value, datetime):
        yield value
    elif isinstance(value, Namespace):
        yield from moments(list(value.values.values()))
    elif dataclasses.is_dataclass(value):
        for each in dataclasses.fields(value):
            yield from moments(getattr(value, each.name))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from moments(item)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", ["typical", "awkward"])
def test_a_sample_has_every_variable_of_its_shape_in_its_type(case: str, name: str) -> None:
    samples, shape = CASES[case]
    assert list(samples[name]) == list(shape.roots)
    assert [fault for root, kind in shape.roots.items() for fault in misfits(samples[name][root], kind, root)] == []


@pytest.mark.parametrize("case", CASES)
def test_datetimes_of_samples_have_a_zone(case: str) -> None:
    for sample in CASES[case][0].values():
        assert all(moment.tzinfo for value in sample.values() for moment in moments(value))


def test_the_typical_sample_uses_titles_and_examples() -> None:
    sample = CASES["start"][0]["typical"]
    assert sample["fields"].values["host"] == "db-07"
    assert [(d.title, d.text) for d in sample["request"].details][:2] == [
        ("Host", "db-07"),
        ("Ticket", "https://tickets.example.com/1"),
    ]
    assert sample["request"].subject == "Server access: db-07"


def test_the_awkward_sample_is_awkward() -> None:
    sample = CASES["start"][0]["awkward"]
    assert CASES["task"][0]["awkward"]["recipient"] is None
    assert sample["recipients"] == (sample["recipient"],)
    assert sample["decision"] is None
    assert (sample["decisions"], sample["request"].details) == ((), ())
    assert sample["fields"].values["ticket"] is None
    for text in (sample["request"].reason, sample["fields"].values["host"], sample["request"].requester.name):
        assert "<script>" in text
        assert "{{" in text
    assert len(sample["request"].reason) > 600


@pytest.mark.parametrize("name", ["typical", "awkward"])
def test_values_of_samples_obey_their_declarations(name: str) -> None:
    values = CASES["start"][0][name]["fields"].values
    for field, declaration in FIELDS.items():
        if values[field] is not None:
            check_value(declaration, values[field])


def test_a_completed_request_is_decided() -> None:
    sample = CASES["completed"][0]["typical"]
    assert sample["request"].state == "approved"
    assert sample["decision"].choice == "approve"
    assert str(sample["recipient"]) == "Henri Grimm"


def test_given_approvers_and_subject_are_used() -> None:
    rosa = PersonView("rosa@example.com", "Rosa")
    approval = SampleApproval(NamedView("a", "A"), ProcessView("p", "P"), {}, (rosa,), "all", 1, "root on db-07")
    sample = approval_samples(approval, task=TASK, parameters={})["typical"]
    assert (sample["recipient"], sample["stage"].approvers, sample["stage"].quorum) == (rosa, (rosa,), "all")
    assert sample["request"].subject == "root on db-07"


def test_samples_are_the_same_every_time() -> None:
    assert CASES["start"][0] == approval_samples(APPROVAL, task=TASK, parameters=FIELDS)


def test_a_date_is_no_datetime() -> None:
    assert type(CASES["start"][0]["typical"]["fields"].values["adate"]) is date
