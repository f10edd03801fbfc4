from __future__ import annotations

import json
from dataclasses import replace

import pytest

from reconciler.model.approvals.request import Choice, Decision, Request, RequestOverview, RequestState
from reconciler.model.mail.mailbox import Mailbox
from reconciler.model.mail.message import MessageState
from reconciler.views.requests import (
    REQUEST,
    REQUESTED,
    REQUESTS,
    describe_requests,
)
from reconciler.views.writing.layout import Page
from tests.support.printed import describe_made_request, describe_request
from tests.views.conftest import Golden
from tests.views.samples import (
    APPROVED_BY_ROSA,
    APPROVERS,
    ASKING,
    HOSTILE_TEXT,
    REQUEST_ID,
    ROSA,
    STAGE,
    asking,
    later,
    request,
)

DENIED = replace(APPROVED_BY_ROSA, choice=Choice.DENY, comment=HOSTILE_TEXT)

STANDINGS = {
    "pending": RequestOverview(request(decisions=(APPROVED_BY_ROSA,)), APPROVERS, ASKING, 1, 2),
    "denied": RequestOverview(
        request(state=RequestState.DENIED, decisions=(DENIED,), completed=later(hours=2), due=None),
        APPROVERS,
        ASKING,
        0,
        2,
    ),
    "nobody": RequestOverview(request(), (), (), 0, 2),
    "all": RequestOverview(request(stages=(replace(STAGE, quorum="all", name=""),)), APPROVERS, ASKING, 0, 3),
    "unreached": RequestOverview(
        request(reason="It is full.\n\nThe build runs on Monday.", fields={"host": "db-07", "cpu": 4}),
        APPROVERS,
        (asking("msg_13", APPROVERS[0], MessageState.FAILED), *ASKING[1:]),
        0,
        2,
        {"host": "Host name", "cpu": ""},
        {name: f"Title of {name}" for member in APPROVERS for name in member.via},
    ),
    "hostile": RequestOverview(
        request(subject=HOSTILE_TEXT, reason=HOSTILE_TEXT, fields={"a": HOSTILE_TEXT}, type="x"), APPROVERS, (), 0, 2
    ),
}


@pytest.mark.parametrize("name", STANDINGS)
def test_a_request_shows_where_it_stands(name: str, golden: Golden) -> None:
    golden(f"request-{name}.txt", describe_request(STANDINGS[name], later(hours=5), width=100))


def test_a_request_has_colour_on_a_terminal(golden: Golden) -> None:
    golden("request-terminal.txt", describe_request(STANDINGS["pending"], later(hours=5), colour=True, width=80))


def test_a_passed_deadline_is_said() -> None:
    assert "the deadline has passed" in describe_request(STANDINGS["pending"], later(days=4))


def test_a_request_in_json(golden: Golden) -> None:
    golden("request.json", REQUEST.text(STANDINGS["pending"]))


def test_the_newest_mail_to_a_person_counts() -> None:
    again = replace(asking("msg_13", APPROVERS[0], MessageState.QUEUED), created=later(hours=1))
    assert RequestOverview(request(), APPROVERS, (again, *ASKING), 0, 2).mail(APPROVERS[0]) == again


def test_a_person_is_found_under_another_spelling() -> None:
    said = replace(APPROVED_BY_ROSA, person=Mailbox("Rosa+x@EXAMPLE.com"))
    assert RequestOverview(request(decisions=(said,)), APPROVERS, (), 1, 2).decision(APPROVERS[0]) == said


def test_decisions_of_an_earlier_stage_do_not_count() -> None:
    decision = Decision(ROSA, Choice.APPROVE, "", later(), 0)
    standing = RequestOverview(request(stages=(STAGE, STAGE), stage=1, decisions=(decision,)), APPROVERS, (), 0, 2)
    assert standing.decision(APPROVERS[0]) is None


@pytest.mark.parametrize("width", [80, 120])
def test_requests_are_a_table(width: int, golden: Golden) -> None:
    rows: list[Request] = [standing.request for standing in STANDINGS.values()]
    golden(f"requests-{width}.txt", describe_requests(rows, Page(width=width)))


def test_no_requests_are_said() -> None:
    assert describe_requests([]) == "No requests."


def test_requests_in_json_are_a_list() -> None:
    data = json.loads(REQUESTS.text(requests=[request()]))
    assert [each["id"] for each in data["requests"]] == [REQUEST_ID]
    assert data["requests"][0]["fields"]["amount"] == 12.5


def test_a_new_request_names_the_next_step() -> None:
    assert describe_made_request(request()) == (
        f"{REQUEST_ID}: pending\n"
        "  Rosa asks to run “Ledger”\n"
        "  Open until 2026-03-05 09:30 UTC.\n"
        f"  See where it stands: reconciler approvals show {REQUEST_ID}"
    )


def test_a_new_request_in_json_has_no_url_yet() -> None:
    assert REQUESTED.write(request()) == {
        "formatVersion": "1.0",
        "id": REQUEST_ID,
        "state": "pending",
        "url": None,
        "expiresAt": "2026-03-05T09:30:00.000000Z",
    }
