"""validate, plan, apply, request, mail, decision, outcome: every command a process of its own, in the words a person types."""

from __future__ import annotations

import json

import pytest

from tests.end_to_end.conftest import PASSWORD, Harbour, Mail

REASON = "Spring repairs: the hull must be dry.\nFour days."


@pytest.fixture(scope="module")
def walked(new: Harbour) -> dict[str, str]:
    """What each step printed; every one ended with 0."""
    shown: dict[str, str] = {}

    def step(name: str, *words: str) -> str:
        done = new.process(*words)
        said = done.said()
        shown[name] = said + (new.folder.parent / "errors").read_text()
        assert done.returncode == 0, shown[name]
        return said

    step("validate", "validate")
    step("plan", "plan")
    step("apply", "apply", "--auto-approve")
    step("second plan", "plan", "--detailed-exitcode")
    asked = step(
        "request", "approvals", "request", "berth", "--requester", "Ása Jónsdóttir <asa@ships.example.com>", "--reason", REASON,
        "--field", "ship=Sea Thrift", "--field", "berth=12", "--field", "arrival=2027-04-01", "--format", "json",
    )  # fmt: skip
    id = json.loads(asked)["id"]
    step("run", "run", "--once")
    step("show", "approvals", "show", id)
    step("approve", "approvals", "approve", id, "--as", "EBBA@harbour.example.net", "--comment", "Dock is free.")
    step("second run", "run", "--once")
    step("audit", "audit", "verify")
    step("state", "approvals", "show", id, "--format", "json")
    step("send", "send", "tide-warning", "--param", "height=4.25", "--param", "day=2027-03-31")
    shown["id"] = id
    return shown


@pytest.fixture(scope="module")
def mails(walked: dict[str, str], new: Harbour) -> dict[str, Mail]:
    return {mail.to[0]: mail for mail in new.arrived()}


def test_everything_was_applied_and_a_second_plan_is_empty(walked: dict[str, str]) -> None:
    assert "Valid: 13 resources." in walked["validate"]
    assert "Plan: 13 to create." in walked["plan"]
    assert "Applied: 13 created. Serial 1." in walked["apply"]
    assert "No changes." in walked["second plan"]


def test_each_pilot_got_one_mail_over_tls_after_a_login(walked: dict[str, str], mails: dict[str, Mail]) -> None:
    for address in ("ebba@harbour.example.net", "ivo@harbour.example.net"):
        mail = mails[address]
        assert (mail.encrypted, mail.user, mail.to) == (True, "harbour-office", (address,))
        assert mail.sender == "returned@harbour.example.net"


def test_the_mail_asks_who_what_and_why(walked: dict[str, str], mails: dict[str, Mail]) -> None:
    mail = mails["ebba@harbour.example.net"]
    assert mail.subject == "Berth 12 for Sea Thrift?"
    message = mail.message
    assert message["From"].addresses[0].display_name == "Harbour office, berths"
    assert message["To"].addresses[0].display_name == "Ebba Strand"
    assert message["Reply-To"].addresses[0].addr_spec == "asa@ships.example.com"
    assert message["Reply-To"].addresses[0].display_name == "Ása Jónsdóttir"
    for kind in ("plain", "html"):
        body = mail.body(kind)
        for words in ("Ása Jónsdóttir", "Spring repairs", "Sea Thrift", "2027-04-01", walked["id"]):
            assert words in body
    assert 'style="color: #123456' in mail.body("html")


def test_the_requester_was_told(mails: dict[str, Mail]) -> None:
    mail = mails["asa@ships.example.com"]
    assert mail.subject == "APPROVED: berth 12"
    assert "Dock is free." in mail.body()


def test_everything_is_on_record(walked: dict[str, str]) -> None:
    state = json.loads(walked["state"])
    assert state["state"] == "approved"
    assert [word["person"]["address"] for word in state["decisions"]] == ["ebba@harbour.example.net"]
    assert {each["address"]: each["mail"]["state"] for each in state["stage"]["approvers"]} == {
        "ebba@harbour.example.net": "delivered",
        "ivo@harbour.example.net": "delivered",
    }
    assert "The journal holds" in walked["audit"]


def test_a_task_of_its_own_went_to_all_with_one_blind_copy(mails: dict[str, Mail], walked: dict[str, str]) -> None:
    [mail] = [mail for mail in mails.values() if "archive@harbour.example.net" in mail.to]
    assert mail.subject.startswith("High tide: 4.")
    assert "archive@" not in mail.message.as_string()
    assert set(mail.to) == {
        "ebba@harbour.example.net", "ivo@harbour.example.net", "maren@council.example.org", "archive@harbour.example.net",
    }  # fmt: skip


def test_the_password_is_nowhere(walked: dict[str, str], new: Harbour) -> None:
    kept = [path.read_bytes() for path in new.folder.rglob("*") if path.is_file()]
    assert not [name for name, text in walked.items() if PASSWORD in text]
    assert not [data for data in kept if PASSWORD.encode() in data]
