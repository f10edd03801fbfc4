"""Decisions: who may take them, what they end, and who hears of it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from reconciler.model.approvals.request import Choice, RequestState
from reconciler.model.errors import NotFound, Refused, UserError
from reconciler.model.mail.message import MessageState, Verdict
from reconciler.operations.approvals.decide import cancel_request, decide
from reconciler.operations.approvals.move_request import find_requests, show_request

APPROVE, DENY = Choice.APPROVE, Choice.DENY
ROSA, TARIQ = "rosa@example.com", "tariq@example.com"


def outcome(project, request):
    return next(m for m in project.messages(request.id) if m.key.startswith("outcome:"))


def test_an_approval_ends_the_request_and_tells_the_requester(project, read, text_of):
    request = project.ask()
    after = decide(project.workspace, request.id, APPROVE, "Rosa@EXAMPLE.com", "Fine by me")
    assert project.request(request.id) == after
    assert after.state is RequestState.APPROVED
    assert after.completed == project.clock()
    assert after.due is None
    message = outcome(project, request)
    assert message.key == f"outcome:{request.id}:approved"
    assert read(message)["To"] == "asker@example.org"
    assert read(message)["Reply-To"] is None
    assert "Fine by me" in text_of(message)
    assert project.events()[-1] == "approval.approved"


def test_the_decision_is_recorded_as_the_approver_and_the_operator(project):
    request = project.ask()
    (word,) = decide(project.workspace, request.id, APPROVE, "ROSA+desk@example.com").decisions
    assert (str(word.person), word.identity, word.operator) == ("Rosa <rosa@example.com>", "operator", "sam@build-7")
    assert project.last_entry()["decision"] == {
        "person": ROSA,
        "choice": "approve",
        "comment": "",
        "identity": "operator",
        "via": [],
    }


def test_unsent_mail_to_the_other_approvers_is_cancelled(project):
    request = project.ask()
    project.deliver(to=ROSA)
    decide(project.workspace, request.id, APPROVE, ROSA)
    assert project.waiting(request.id) == ["asker@example.org"]
    states = {m.fates[0].address: m.state for m in project.messages(request.id)}
    assert states[TARIQ] is MessageState.CANCELLED
    assert states[ROSA] is MessageState.DELIVERED


def test_one_denial_ends_the_request(empty, manifests, text_of):
    empty.apply(manifests(quorum="all"))
    request = empty.ask()
    decide(empty.workspace, request.id, APPROVE, ROSA)
    after = decide(empty.workspace, request.id, DENY, TARIQ, "Too risky")
    assert after.state is RequestState.DENIED
    assert "Too risky" in text_of(outcome(empty, request))
    assert empty.events()[-2:] == ["approval.decided", "approval.denied"]


def test_a_vote_below_the_quorum_keeps_the_request_pending(empty, manifests):
    empty.apply(manifests(quorum=2))
    request = empty.ask()
    after = decide(empty.workspace, request.id, APPROVE, ROSA)
    assert after.state is RequestState.PENDING
    assert empty.waiting(request.id) == [TARIQ]
    assert decide(empty.workspace, request.id, APPROVE, TARIQ).state is RequestState.APPROVED


def test_a_second_decision_by_the_same_person_is_refused(empty, manifests):
    empty.apply(manifests(quorum=2))
    request = empty.ask()
    decide(empty.workspace, request.id, APPROVE, ROSA)
    with pytest.raises(Refused, match="has already decided") as fault:
        decide(empty.workspace, request.id, DENY, "rosa+again@EXAMPLE.com", "changed my mind")
    assert "rosa@example.com approved it at 2027-03-01 09:00 UTC" in fault.value.detail


def test_a_decision_on_a_finished_request_says_who_ended_it(project):
    request = project.ask()
    decide(project.workspace, request.id, DENY, ROSA, "No")
    project.clock.pass_(hours=1)
    with pytest.raises(Refused) as fault:
        decide(project.workspace, request.id, APPROVE, TARIQ)
    assert fault.value.summary == f"Request {request.id} is already denied"
    assert fault.value.detail == (
        "Rosa <rosa@example.com> denied it at 2027-03-01 09:00 UTC. It was denied at 2027-03-01 09:00 UTC."
    )


def test_somebody_else_cannot_decide_and_is_told_who_can(project):
    request = project.ask()
    with pytest.raises(Refused, match=r"mallory@example\.com is not an approver") as fault:
        decide(project.workspace, request.id, APPROVE, "mallory@example.com")
    assert "Rosa <rosa@example.com>, tariq@example.com" in fault.value.detail


GROUPS = """
---
apiVersion: reconciler/v1
kind: Group
metadata: {name: inner}
spec: {members: [straße@example.com, "Asker+work@bücher.example.org", tariq@example.com]}
---
apiVersion: reconciler/v1
kind: Group
metadata: {name: desk}
spec: {members: [{group: inner}, rosa@example.com]}
""".replace("straße@", "strasse@")


@pytest.mark.parametrize(
    "requester", ["asker@xn--bcher-kva.example.org", "ASKER@BÜCHER.example.org", "asker+x@bücher.example.org"]
)
def test_the_requester_cannot_decide_in_any_spelling_or_through_groups(empty, manifests, requester):
    empty.apply(manifests(approvers="[{group: desk}]") + GROUPS)
    request = empty.ask(requester=requester)
    assert len(empty.messages(request.id)) == 3
    with pytest.raises(Refused, match=r"made request .* and cannot decide it"):
        decide(empty.workspace, request.id, APPROVE, "Asker@bücher.example.org")


def test_self_approval_lets_the_requester_decide(empty, manifests):
    empty.apply(manifests(process="selfApproval: true"))
    request = empty.ask(requester="Rosa <rosa@example.com>")
    assert sorted(empty.waiting(request.id)) == [ROSA, TARIQ]
    assert decide(empty.workspace, request.id, APPROVE, ROSA).state is RequestState.APPROVED


def test_a_decision_names_the_group_it_came_through(empty, manifests):
    empty.apply(manifests(approvers="[{group: desk}]") + GROUPS)
    request = empty.ask()
    assert decide(empty.workspace, request.id, APPROVE, TARIQ).decisions[0].via == ("desk",)


@pytest.mark.parametrize(
    ("rule", "choice", "allowed"),
    [
        ("always", APPROVE, False),
        ("always", DENY, False),
        ("on-deny", APPROVE, True),
        ("on-deny", DENY, False),
        ("never", DENY, True),
    ],
)
def test_the_comment_rule(empty, manifests, rule, choice, allowed):
    empty.apply(manifests(process=f"requireComment: {rule}"))
    request = empty.ask()
    if allowed:
        assert decide(empty.workspace, request.id, choice, ROSA).state is not RequestState.PENDING
    else:
        with pytest.raises(Refused, match=f"A comment is required to {choice}"):
            decide(empty.workspace, request.id, choice, ROSA, " \n")


def test_the_rules_are_those_the_request_was_made_under(empty, manifests):
    empty.apply(manifests(quorum=2))
    request = empty.ask()
    empty.apply(manifests(quorum=1, process="requireComment: always"))
    assert decide(empty.workspace, request.id, APPROVE, ROSA).state is RequestState.PENDING


@pytest.mark.parametrize("verb", [decide, cancel_request, show_request])
def test_an_unknown_request_is_told_so(project, verb):
    arguments = ("req_none", APPROVE, ROSA) if verb is decide else ("req_none",)
    with pytest.raises(NotFound, match="Unknown request"):
        verb(project.workspace, *arguments)


def test_a_malformed_person_is_refused(project):
    with pytest.raises(UserError, match="as is not an e-mail address"):
        decide(project.workspace, project.ask().id, APPROVE, "rosa")


def test_a_word_after_the_deadline_is_refused_even_where_no_runner_was(project):
    request = project.ask()
    project.deliver()
    project.clock.pass_(days=7)
    with pytest.raises(Refused, match="is already expired"):
        decide(project.workspace, request.id, APPROVE, ROSA)
    assert project.request(request.id).state is RequestState.EXPIRED


def test_a_cancelled_request_tells_its_requester_and_nobody_else(project):
    request = project.ask()
    assert cancel_request(project.workspace, request.id).state is RequestState.CANCELLED
    assert project.waiting(request.id) == ["asker@example.org"]
    assert outcome(project, request).key == f"outcome:{request.id}:cancelled"
    with pytest.raises(Refused) as fault:
        cancel_request(project.workspace, request.id)
    assert fault.value.detail == "It was cancelled at 2027-03-01 09:00 UTC."


def test_requests_are_listed_newest_first_and_by_state(project):
    first, second = project.ask(), project.ask()
    cancel_request(project.workspace, first.id)
    assert [r.id for r in find_requests(project.workspace)] == [second.id, first.id]
    assert [r.id for r in find_requests(project.workspace, RequestState.PENDING)] == [second.id]


def test_a_request_is_shown_with_who_may_decide_and_its_mail(project):
    request = project.ask(requester=ROSA)
    standing = show_request(project.workspace, request.id)
    assert [m.key for m in standing.approvers] == [TARIQ]
    assert [m.fates[0].address for m in standing.messages] == [TARIQ]


def test_decisions_at_the_same_moment_make_one(empty, manifests):
    empty.apply(manifests(approvers="[" + ", ".join(f"p{n}@example.com" for n in range(8)) + "]"))
    request = empty.ask()

    def approve(number):
        try:
            return decide(empty.workspace, request.id, APPROVE, f"p{number}@example.com")
        except Refused as refused:
            return refused

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(approve, range(8)))
    assert sum(isinstance(result, Refused) for result in results) == 7
    assert len(empty.request(request.id).decisions) == 1
    assert [m.key for m in empty.messages(request.id, MessageState.QUEUED)] == [f"outcome:{request.id}:approved"]


def test_a_failed_mail_does_not_keep_anybody_from_deciding(project):
    request = project.ask()
    project.deliver(Verdict.FAILED)
    project.clock.pass_(hours=1)
    assert decide(project.workspace, request.id, APPROVE, ROSA).completed == project.clock()
    assert project.clock() - request.opened == timedelta(hours=1)


def test_times_stay_in_order_when_the_clock_is_set_back(project):
    request = project.ask()
    project.clock.pass_(hours=-3)
    after = decide(project.workspace, request.id, APPROVE, ROSA)
    assert after == project.request(request.id)
    assert request.created == after.decisions[0].at == after.completed > project.clock()
    cancelled = next(m for m in project.messages(request.id) if m.state is MessageState.CANCELLED)
    assert cancelled.fates[0].at == cancelled.created == request.created
    assert outcome(project, request).due == project.clock()
