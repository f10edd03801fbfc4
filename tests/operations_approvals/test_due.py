"""What falls due: deadlines, the clock of the first mail, people who come and go."""

from datetime import timedelta

import pytest

from reconciler.model.approvals.request import Choice, RequestState
from reconciler.model.mail.message import MessageState, Verdict
from reconciler.operations.approvals.decide import cancel_request, decide

ROSA, TARIQ, UMA = "rosa@example.com", "tariq@example.com", "uma@example.com"
DAYS = timedelta(days=1)

GROUP = """
---
apiVersion: reconciler/v1
kind: Group
metadata: {{name: desk}}
spec: {{members: [{}]}}
"""


def test_a_request_expires_at_its_deadline_and_its_requester_is_told(project):
    request = project.ask()
    project.deliver()
    project.clock.at = request.expires - timedelta(seconds=1)
    assert project.run() == {}
    project.clock.at = request.expires
    assert project.run() == {"expired": 1}
    after = project.request(request.id)
    assert (after.state, after.completed, after.due) == (RequestState.EXPIRED, project.clock(), None)
    assert project.waiting(request.id) == ["asker@example.org"]
    assert project.run() == {}


def test_a_first_mail_accepted_late_moves_the_deadline_out_by_the_difference(project):
    request = project.ask()
    project.clock.pass_(hours=5)
    project.deliver()
    after = project.request(request.id)
    assert after.expires == after.due == request.expires + timedelta(hours=5)
    assert after.accepted == project.clock()
    assert project.events()[-1] == "approval.mail-accepted"


def test_only_the_first_acceptance_moves_the_deadline(project):
    request = project.ask()
    project.deliver(to=ROSA)
    project.clock.pass_(hours=5)
    project.deliver()
    assert project.request(request.id).expires == request.expires


def test_an_acceptance_a_crash_kept_from_being_noted_is_made_good_at_the_deadline(project):
    request = project.ask()
    project.clock.pass_(hours=5)
    project.deliver(note=False)
    project.clock.at = request.expires
    assert project.run() == {"mail-accepted": 1}
    project.clock.pass_(hours=5)
    assert project.run() == {"expired": 1}


def test_an_outage_does_not_expire_a_request_nobody_saw(project):
    request = project.ask()
    project.deliver(Verdict.RETRY)
    project.clock.at = request.expires
    assert project.run() == {"waiting": 1}
    assert project.request(request.id).due == request.expires + timedelta(hours=1)
    assert project.run() == {}
    project.clock.pass_(minutes=30)
    project.deliver()
    assert project.request(request.id).state is RequestState.PENDING
    project.clock.at = project.request(request.id).expires
    assert project.clock() == request.expires + timedelta(days=7, minutes=30)
    project.run()
    project.run()
    assert project.request(request.id).state is RequestState.EXPIRED


@pytest.mark.parametrize("note", [True, False])
def test_the_clock_runs_from_when_the_last_first_mail_failed(project, note):
    request = project.ask()
    project.clock.pass_(hours=2)
    project.deliver(Verdict.FAILED, note=note)
    failed = project.clock()
    if not note:
        project.clock.at = request.expires
        assert project.run() == {"unreachable": 1}
    assert project.events()[-1] == "approval.unreachable"
    assert project.request(request.id).expires == failed + 7 * DAYS
    project.clock.at = failed + 7 * DAYS
    assert project.run() == {"expired": 1}
    assert project.events().count("approval.unreachable") == 1


def test_one_mail_that_failed_says_nothing_while_another_is_on_its_way(project):
    request = project.ask()
    project.deliver(Verdict.FAILED, to=ROSA)
    assert project.request(request.id) == request


def test_a_person_who_becomes_eligible_is_asked_once(empty, manifests):
    small = manifests(approvers="[{group: desk}]")
    empty.apply(small + GROUP.format(f"{ROSA}, {TARIQ}"))
    request = empty.ask()
    empty.deliver()
    empty.apply(small + GROUP.format(f"{ROSA}, {TARIQ}, {UMA}"))
    assert empty.run() == {"approvers-changed": 1}
    assert empty.run() == {}
    assert empty.waiting(request.id) == [UMA]
    after = empty.request(request.id)
    assert after.due == after.expires
    assert empty.messages(request.id)[-1].give_up == after.expires


def test_a_person_who_leaves_loses_their_unsent_mail_and_cannot_decide(empty, manifests):
    small = manifests(approvers="[{group: desk}]")
    empty.apply(small + GROUP.format(f"{ROSA}, {TARIQ}"))
    request = empty.ask()
    empty.apply(small + GROUP.format(ROSA))
    empty.run()
    assert empty.waiting(request.id) == [ROSA]


def test_a_person_who_comes_back_before_being_asked_is_asked_after_all(empty, manifests):
    small = manifests(approvers="[{group: desk}]")
    empty.apply(small + GROUP.format(f"{ROSA}, {TARIQ}"))
    request = empty.ask()
    for members in (ROSA, f"{ROSA}, {TARIQ}", f"{ROSA}, {TARIQ}, {UMA}"):
        empty.apply(small + GROUP.format(members))
        empty.run()
    assert sorted(empty.waiting(request.id)) == [ROSA, TARIQ, UMA]
    keys = [m.key for m in empty.messages(request.id) if TARIQ in m.key]
    assert [key.rpartition(":")[2] for key in keys] == ["0", "1"]


def test_a_change_of_approvers_survives_the_note_of_an_acceptance(empty, manifests):
    small = manifests(approvers="[{group: desk}]")
    empty.apply(small + GROUP.format(ROSA))
    request = empty.ask()
    empty.apply(small + GROUP.format(f"{ROSA}, {UMA}"))
    empty.clock.pass_(hours=1)
    empty.deliver()
    empty.run()
    assert empty.waiting(request.id) == [UMA]


def test_new_people_are_asked_even_while_the_deadline_waits_for_mail(empty, manifests):
    small = manifests(approvers="[{group: desk}]")
    empty.apply(small + GROUP.format(ROSA))
    request = empty.ask()
    empty.deliver(Verdict.RETRY)
    empty.clock.at = request.expires
    empty.apply(small + GROUP.format(f"{ROSA}, {UMA}"))
    assert empty.run() == {"waiting": 1, "approvers-changed": 1}
    assert empty.waiting(request.id) == [UMA]


def test_where_all_must_agree_the_leaving_of_the_last_one_completes_the_quorum(empty, manifests):
    small = manifests(approvers="[{group: desk}]", quorum="all")
    empty.apply(small + GROUP.format(f"{ROSA}, {TARIQ}"))
    request = empty.ask()
    decide(empty.workspace, request.id, Choice.APPROVE, ROSA)
    empty.apply(small + GROUP.format(ROSA))
    assert empty.run() == {"approved": 1}
    assert empty.waiting(request.id) == ["asker@example.org"]


def test_too_few_people_left_is_an_event(empty, manifests):
    small = manifests(approvers="[{group: desk}]", quorum=2)
    empty.apply(small + GROUP.format(f"{ROSA}, {TARIQ}, asker@example.org"))
    request = empty.ask()
    empty.apply(small + GROUP.format(f"{ROSA}, asker@example.org"))
    assert empty.run() == {"stranded": 1}
    assert empty.request(request.id).state is RequestState.PENDING


def test_a_finished_request_never_falls_due(project):
    request = project.ask()
    cancel_request(project.workspace, request.id)
    project.clock.at = request.expires
    assert project.run() == {}


def test_mail_about_a_finished_request_moves_nothing(project):
    request = project.ask()
    project.deliver()
    decide(project.workspace, request.id, Choice.APPROVE, ROSA)
    before = project.request(request.id)
    project.deliver()
    assert project.request(request.id) == before
    assert project.messages(request.id, MessageState.QUEUED) == []


def test_the_journal_says_whom_a_move_wrote_to(project):
    request = project.ask()
    data = project.last_entry()
    assert [m["to"] for m in data["messages"]] == [[ROSA], [TARIQ]]
    assert data["operator"] == "sam@build-7"
    assert data["expires"] == "2027-03-08T09:00:00.000000Z"
    assert request.id in [e.entry.subject for e in project.workspace.state.journal.entries()]
