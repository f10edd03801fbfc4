"""How approvals go on: quorum, denial, expiry, groups that change, requesters who are approvers."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.end_to_end.conftest import Command, Harbour

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")

EBBA, IVO, MAREN = "ebba@harbour.example.net", "ivo@harbour.example.net", "maren@council.example.org"
BERTH = ("--reason", "Repairs", "--field", "ship=Sea Thrift", "--field", "berth=12")


@pytest.fixture(autouse=True)
def _applied(type_in: Command) -> None:
    type_in("apply", "--auto-approve")


def ask(type_in: Command, type: str = "berth", requester: str = "asa@ships.example.com", *more: str) -> str:
    words = BERTH if type == "berth" else ("--reason", "Needed")
    return str(type_in("approvals", "request", type, "--requester", requester, *words, *more)["id"])


def say(type_in: Command, word: str, id: str, person: str, *more: str, code: int = 0) -> Any:
    return type_in("approvals", word, id, "--as", person, *more, code=code)


def test_a_quorum_of_two_needs_two_people(harbour: Harbour, type_in: Command) -> None:
    id = ask(type_in, "dredging")
    type_in("run", "--once")
    assert set(harbour.arrived_for()) == {EBBA, IVO, MAREN}
    assert say(type_in, "approve", id, EBBA)["state"] == "pending"
    refusal = say(type_in, "approve", id, "Ebba <EBBA+again@harbour.example.net>", code=1)
    assert refusal["error"]["code"] == "refused"
    assert say(type_in, "approve", id, MAREN)["state"] == "approved"
    type_in("run", "--once")
    assert set(harbour.arrived_for()) == {"asa@ships.example.com"}


def test_one_denial_ends_it_and_says_why(harbour: Harbour, type_in: Command) -> None:
    id = ask(type_in)
    type_in("run", "--once")
    harbour.arrived()
    missing = say(type_in, "deny", id, IVO, code=1)
    assert "comment" in (missing["error"]["summary"] + missing["error"]["detail"]).lower()
    assert say(type_in, "deny", id, IVO, "--comment", "The crane is there.")["state"] == "denied"
    type_in("run", "--once")
    [mail] = harbour.arrived()
    assert (mail.to, mail.subject) == (("asa@ships.example.com",), "DENIED: berth 12")
    assert "The crane is there." in mail.body()
    assert say(type_in, "approve", id, EBBA, code=1)["error"]["code"] == "refused"


def test_mail_that_has_not_left_is_not_sent_after_the_decision(harbour: Harbour, type_in: Command) -> None:
    id = ask(type_in)
    say(type_in, "approve", id, EBBA)
    type_in("run", "--once")
    assert set(harbour.arrived_for()) == {"asa@ships.example.com"}
    states = {each["state"] for each in type_in("deliveries", "list", "--request", id)["deliveries"]}
    assert states == {"cancelled", "delivered"}


def test_it_expires_and_the_requester_is_told(harbour: Harbour, type_in: Command) -> None:
    id = ask(type_in, "tug")
    type_in("run", "--once")
    assert set(harbour.arrived_for()) == {EBBA}
    time.sleep(1.1)
    late = say(type_in, "approve", id, EBBA, code=1)
    assert "expired" in late["error"]["summary"] + late["error"]["detail"]
    type_in("run", "--once")
    assert type_in("approvals", "show", id)["state"] == "expired"
    [mail] = harbour.arrived()
    assert mail.to == ("asa@ships.example.com",)
    assert "expired" in mail.subject.lower()


def test_a_change_of_the_group_reaches_a_request_that_is_open(harbour: Harbour, type_in: Command) -> None:
    id = ask(type_in)
    type_in("run", "--once")
    assert set(harbour.arrived_for()) == {EBBA, IVO}
    groups = harbour.folder / "manifests" / "people" / "groups.yaml"
    groups.write_text(groups.read_text().replace("ivo@", "noor@"))
    type_in("apply", "--auto-approve")
    type_in("run", "--once")
    assert harbour.arrived_for() == {"noor@harbour.example.net": "Berth 12 for Sea Thrift?"}
    assert say(type_in, "approve", id, IVO, code=1)["error"]["code"] == "refused"
    assert say(type_in, "approve", id, "noor@harbour.example.net")["state"] == "approved"


@pytest.mark.parametrize(
    "requester",
    [
        EBBA,
        "EBBA@Harbour.Example.NET",
        "Ebba <ebba+boat@harbour.example.net>",
        "Somebody else <Ebba@harbour.example.net>",
    ],
)
def test_nobody_decides_on_their_own_request(harbour: Harbour, type_in: Command, requester: str) -> None:
    id = ask(type_in, "dredging", requester)
    type_in("run", "--once")
    assert set(harbour.arrived_for()) == {IVO, MAREN}
    for spelling in (EBBA, "ebba+x@HARBOUR.example.net"):
        assert say(type_in, "approve", id, spelling, code=1)["error"]["code"] == "refused"
    assert type_in("approvals", "show", id)["decisions"] == []


def test_a_request_only_its_requester_could_answer_is_refused(type_in: Command) -> None:
    refusal = type_in("approvals", "request", "tug", "--requester", EBBA, "--reason", "x", code=1)
    assert refusal["error"]["code"] == "refused"
    assert type_in("approvals", "list")["requests"] == []


def test_a_request_may_be_taken_back(harbour: Harbour, type_in: Command) -> None:
    id = ask(type_in)
    assert type_in("approvals", "cancel", id)["state"] == "cancelled"
    type_in("run", "--once")
    assert harbour.arrived_for() == {"asa@ships.example.com": "CANCELLED: berth 12"}


def test_two_requests_are_two_and_do_not_mix(harbour: Harbour, type_in: Command) -> None:
    first, second = ask(type_in), ask(type_in, "dredging")
    type_in("run", "--once")
    say(type_in, "approve", first, IVO)
    assert type_in("approvals", "show", second)["state"] == "pending"
    assert type_in("audit", "verify")["fault"] is None
