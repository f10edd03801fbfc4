"""What samples invent follows from a digest alone, and looks like the real thing."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from reconciler.kinds.mail.build_context import RequestSurroundings
from reconciler.kinds.mail.samples import ApprovalSampling, TaskSampling
from reconciler.messages.contexts.invented import Invented
from reconciler.messages.contexts.values import NamedView, ProcessView, TaskView
from reconciler.messages.mail import Sampling
from reconciler.model.approvals.request import Rules, Stage
from reconciler.model.canonical import hash_bytes
from reconciler.model.duration import parse_duration
from reconciler.wiring import draw_id

SEEDS = [hash_bytes(str(number).encode()) for number in range(200)]
ALL = [Invented(seed, "corp.example") for seed in SEEDS]
AROUND = RequestSurroundings(type=NamedView("a", "A"), process=ProcessView("p", "P"))
STAGE = Stage("", (), 1, parse_duration("7d"))


def sampling(invented: Invented, slot: str = "completed") -> Sampling:
    task = TaskView("t", "T")
    if slot == "task":
        return TaskSampling(task=task, declared={}, around=AROUND, invented=invented)
    outcomes = ("approved",) if slot == "completed" else ()
    return ApprovalSampling(
        slot=slot,
        task=task,
        declared={},
        around=AROUND,
        stage=STAGE,
        rules=Rules(),
        outcomes=outcomes,
        invented=invented,
    )


@pytest.mark.parametrize("prefix", ["req", "run"])
def test_ids_have_the_shape_of_real_ones(prefix: str) -> None:
    shape = re.compile(rf"{prefix}_[0-9a-hjkmnp-tv-z]{{14}}")
    assert shape.fullmatch(draw_id(prefix))
    assert all(shape.fullmatch(each.id(prefix)) for each in ALL)
    assert len({each.id(prefix) for each in ALL}) == len(ALL)


def test_times_are_ordinary_and_differ() -> None:
    times = [each.now for each in ALL]
    assert all(each.tzinfo is UTC and each.weekday() < 5 and 7 <= each.hour < 16 for each in times)
    assert len({each.minute for each in times}) > 50
    assert len({each.second for each in times}) > 50
    assert len({each.microsecond for each in times}) > 190
    assert all(each.now <= each.after("now", 4) < datetime(2026, 3, 7, tzinfo=UTC) for each in ALL)


def test_people_are_plausible_different_and_at_home() -> None:
    for each in ALL:
        people = [each.person(number).mailbox for number in range(3)]
        assert len({person.address for person in people} | {person.name for person in people}) == 6
        for person in people:
            assert person.address == f"{person.name.replace(' ', '.').lower()}@corp.example"
            assert not re.search("sample|example|test|approver|requester", person.name, re.IGNORECASE)
    assert len({each.person(0).mailbox.name for each in ALL}) > 40


def test_digests_of_requests_are_digests() -> None:
    digests = {sampling(each).make("typical")["request"].digest for each in ALL}
    assert len([each for each in digests if re.fullmatch("[0-9a-f]{64}", each)]) == len(ALL)


@pytest.mark.parametrize("slot", ["task", "start", "completed"])
@pytest.mark.parametrize("sample", ["typical", "awkward"])
def test_nothing_of_a_sample_says_that_it_is_one(slot: str, sample: str) -> None:
    one, other = (sampling(each, slot).make(sample) for each in ALL[:2])
    assert "SAMPLE" not in repr(one)
    assert "Sample" not in repr(one)
    assert one["now"] != other["now"]
    told = ("run", "id") if slot == "task" else ("request", "id")
    assert getattr(one[told[0]], told[1]) != getattr(other[told[0]], told[1])


def test_the_same_digest_gives_the_same_sample() -> None:
    assert sampling(Invented(SEEDS[0])).make("typical") == sampling(Invented(SEEDS[0])).make("typical")


def test_times_of_one_sample_follow_each_other() -> None:
    for each in ALL:
        made = sampling(each).make("typical")
        request, decision, stage = made["request"], made["decision"], made["stage"]
        assert request.createdAt == stage.openedAt <= decision.at == made["now"] <= stage.expiresAt
