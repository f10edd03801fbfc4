"""The two samples every template is rendered with."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

import pytest

from reconciler.kinds.mail.build_context import RequestSurroundings, field_values
from reconciler.kinds.mail.samples import ApprovalSampling, SubjectSampling, TaskSampling, strange_people
from reconciler.messages.contexts.shape import Labels, ListOf, Nullable, ObjectType, ScalarType, Shape, Type
from reconciler.messages.contexts.values import (
    NamedView,
    Namespace,
    ProcessView,
    TaskView,
    View,
    approval_shape,
    subject_shape,
    task_shape,
)
from reconciler.messages.mail import Sampling
from reconciler.model.approvals.person import Member
from reconciler.model.approvals.request import Rules, Stage
from reconciler.model.configuration.declaration import Declaration, ValueType, check_value, write_value
from reconciler.model.duration import parse_duration
from reconciler.model.mail.mailbox import Mailbox, parse_mailbox
from reconciler.operations.approvals.decide import read_words

TASK = TaskView("tell", "Tell people", labels={"team": "desk"})
FIELDS = {
    "host": Declaration(required=True, title="Host", example="db-07"),
    "ticket": Declaration(type=ValueType.URL, title="Ticket", example="https://tickets.example.com/1"),
    "size": Declaration(type=ValueType.INTEGER, required=True, minimum=5, maximum=9),
    "level": Declaration(required=True, enum=("low", "very high")),
    "short": Declaration(required=True, max_length=3),
    "page": Declaration(type=ValueType.URL, required=True, max_length=20),
} | {f"a-{kind}".replace("-", ""): Declaration(type=kind, required=True) for kind in ValueType}
AROUND = RequestSurroundings(
    type=NamedView("access", "Server access"), process=ProcessView("two", "Two eyes"), fields=FIELDS
)
STAGE = Stage("", (), 1, parse_duration("7d"))
TASK_SAMPLES = TaskSampling(task=TASK, declared=FIELDS, around=AROUND)
START = ApprovalSampling(slot="start", task=TASK, declared=FIELDS, around=AROUND, stage=STAGE, rules=Rules())
COMPLETED = dataclasses.replace(START, slot="completed", declared={}, outcomes=("approved", "denied"))
CASES: dict[str, tuple[Sampling, Shape]] = {
    "task": (TASK_SAMPLES, task_shape(FIELDS)),
    "start": (START, approval_shape(FIELDS, FIELDS)),
    "completed": (COMPLETED, approval_shape(FIELDS, {})),
    "subject": (SubjectSampling(declared=FIELDS, around=AROUND), subject_shape(FIELDS)),
}
BOTH = ["typical", "awkward"]


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
@pytest.mark.parametrize("name", BOTH)
def test_a_sample_has_every_variable_of_its_shape_in_its_type(case: str, name: str) -> None:
    sampling, shape = CASES[case]
    sample = sampling.make(name)
    assert list(sample) == list(shape.roots)
    misfitting = [
        fault
        for root, kind in shape.roots.items()
        if not (case == "start" and root == "parameters")  # of an approval: their defaults, see the next test
        for fault in misfits(sample[root], kind, root)
    ]
    assert misfitting == []


def test_parameters_of_an_approval_are_their_defaults() -> None:
    declared = {"set": Declaration(default="x", example="y"), "open": Declaration(example="y")}
    sample = dataclasses.replace(START, declared=declared).make("typical")
    assert sample["parameters"].values == {"set": "x", "open": None}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", BOTH)
def test_datetimes_of_samples_have_a_zone(case: str, name: str) -> None:
    assert all(moment.tzinfo for value in CASES[case][0].make(name).values() for moment in moments(value))


def test_the_typical_sample_uses_titles_and_examples() -> None:
    sample = START.titled("Server access: db-07").make("typical")
    assert sample["fields"].values["host"] == "db-07"
    assert [(d.title, d.text) for d in sample["request"].details][:2] == [
        ("Host", "db-07"),
        ("Ticket", "https://tickets.example.com/1"),
    ]
    assert sample["request"].subject == "Server access: db-07"


def test_the_awkward_sample_is_awkward() -> None:
    sample = START.make("awkward")
    assert TASK_SAMPLES.make("awkward")["recipient"] is None
    assert sample["recipients"] == (sample["recipient"],)
    assert sample["recipient"] != sample["request"].requester
    assert (sample["decision"], sample["decisions"]) == (None, ())
    assert sample["fields"].values["ticket"] is None
    assert "ticket" not in [detail.name for detail in sample["request"].details]
    for text in (sample["request"].reason, sample["fields"].values["host"], sample["request"].requester.name):
        assert "<script>" in text
        assert "{{" in text
    assert len(sample["request"].reason) == 10_000
    assert 190 < len(sample["request"].subject) <= 200


def test_what_awkward_people_say_and_are_called_could_be_read() -> None:
    for word in (START.make("awkward")["request"].reason, COMPLETED.make("awkward")["decision"].comment):
        assert read_words(word, "--reason") == word
    for member in strange_people(3):
        assert parse_mailbox(str(member.mailbox)) == member.mailbox


@pytest.mark.parametrize("name", BOTH)
def test_values_of_samples_obey_their_declarations(name: str) -> None:
    values = START.make(name)["fields"].values
    for field, declaration in FIELDS.items():
        if values[field] is not None:
            check_value(declaration, values[field])
    stored = {field: write_value(value) for field, value in values.items() if value is not None}
    assert field_values(FIELDS, stored) == values


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize("quorum", [1, 2, 9, "all"])
def test_there_are_as_many_people_as_must_agree(name: str, quorum: Any) -> None:
    sample = dataclasses.replace(START, stage=dataclasses.replace(STAGE, quorum=quorum)).make(name)
    stage = sample["stage"]
    assert 1 <= stage.needed <= len(stage.approvers)
    assert [(each.name, each.needed, each.approvers) for each in sample["stages"]] == [
        (stage.name, stage.needed, stage.approvers)
    ]


def test_a_completed_request_is_decided() -> None:
    sample = COMPLETED.make("typical")
    assert sample["request"].state == "approved"
    assert sample["decision"].choice == "approve"
    assert str(sample["recipient"]) == "Henri Grimm"


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize("outcome", ["approved", "denied", "expired", "cancelled"])
@pytest.mark.parametrize("comment", ["always", "on-deny", "never"])
def test_a_request_ends_as_the_mail_says(name: str, outcome: str, comment: Any) -> None:
    rules = Rules(require_comment=comment)
    sample = dataclasses.replace(COMPLETED, rules=rules, outcomes=(outcome,)).make(name)
    assert sample["request"].state == outcome
    assert sample["request"].completedAt == sample["now"]
    assert bool(sample["decisions"]) is (outcome in ("approved", "denied"))


def test_given_approvers_and_subject_are_used() -> None:
    rosa = Member(Mailbox("rosa@example.com", "Rosa"))
    around = dataclasses.replace(AROUND, fields={}, approvers=(rosa,))
    stage = dataclasses.replace(STAGE, quorum="all")
    sampling = dataclasses.replace(START, around=around, stage=stage, declared={}).titled("root on db-07")
    sample = sampling.make("typical")
    assert (sample["recipient"], sample["stage"].quorum) == (sample["stage"].approvers[0], "all")
    assert [each.address for each in sample["stage"].approvers] == ["rosa@example.com"]
    assert sample["request"].subject == "root on db-07"


def test_samples_are_the_same_every_time() -> None:
    assert START.make("typical") == dataclasses.replace(START).make("typical")


def test_a_date_is_no_datetime() -> None:
    assert type(START.make("typical")["fields"].values["adate"]) is date
