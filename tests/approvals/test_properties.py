"""What always holds, whatever people do in whatever order."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from reconciler.approvals.eligibility import list_eligible_people
from reconciler.approvals.mail_facts import MailFacts
from reconciler.approvals.quorum import collect_keys, count_needed
from reconciler.approvals.transitions import Move, change_approvers, fall_due, open_request, record_decision, withdraw
from reconciler.model.approvals.person import Member, make_person_key
from reconciler.model.approvals.request import Choice, Request, RequestState
from reconciler.model.errors import Refused
from reconciler.model.mail.mailbox import Mailbox
from tests.approvals.samples import NOW, after, draft, word

SPELLINGS = (
    "{}@bücher.example.com",
    "{}+tag@xn--bcher-kva.example.com",
    "{}@BÜCHER.example.com",
    "{}+a+b@xn--bcher-kva.EXAMPLE.com",
)
PEOPLE = ("ann", "bob", "cem", "dee")

addresses = st.builds(lambda form, name: form.format(name), st.sampled_from(SPELLINGS), st.sampled_from(PEOPLE))
shouted = st.builds(lambda address, loud: address.upper() if loud else address, addresses, st.booleans())
members = st.lists(shouted.map(lambda address: Member(Mailbox(address))), max_size=6).map(tuple)


@dataclass(frozen=True)
class Vote:
    address: str
    choice: Choice


@dataclass(frozen=True)
class Regroup:
    people: tuple[Member, ...]


votes = st.builds(Vote, shouted, st.sampled_from([Choice.APPROVE] * 3 + [Choice.DENY]))
steps = st.lists(votes | st.builds(Regroup, members) | st.sampled_from(["cancel", "expire"]), max_size=12)
quorums = st.sampled_from([1, 2, 3, "all"])


def step(request: Request, people: tuple[Member, ...], action: object) -> Move | None:
    if isinstance(action, Vote):
        return record_decision(request, word(action.address, action.choice), people)
    if isinstance(action, Regroup):
        return change_approvers(request, action.people, MailFacts(asked=frozenset(collect_keys(people))), NOW)
    return withdraw(request, NOW) if action == "cancel" else fall_due(request, MailFacts(), after(days=3))


@given(quorums, members, steps, st.booleans())
def test_whatever_happens_the_rules_hold(quorum, people, actions, self_approval):
    requester = Mailbox("Ann+me@bücher.example.com")
    try:
        request = open_request(draft(quorum, requester=requester, self_approval=self_approval), people, NOW).request
    except Refused:
        assert len(collect_keys(list_eligible_people(draft(self_approval=self_approval).rules, requester, people))) < (
            1 if quorum == "all" else quorum
        )
        return
    for action in actions:
        pending = request.state is RequestState.PENDING
        try:
            move = step(request, people, action) if pending or action != "expire" else None
        except (Refused, KeyError):
            assert not pending or isinstance(action, Vote)
            continue
        people = action.people if isinstance(action, Regroup) else people
        if move is None:
            continue
        assert pending
        assert move.request.revision == request.revision + 1
        request = move.request
        holds(request, people, self_approval)


def holds(request: Request, people: tuple[Member, ...], self_approval: bool) -> None:
    deciders = [make_person_key(d.person.address) for d in request.decisions]
    assert len(deciders) == len(set(deciders)), "a person counts once"
    assert self_approval or make_person_key(request.requester.address) not in deciders
    denied = any(d.choice is Choice.DENY for d in request.decisions)
    assert denied == (request.state is RequestState.DENIED), "one denial always ends it"
    if request.state is RequestState.APPROVED:
        eligible = list_eligible_people(request.rules, request.requester, people)
        assert deciders
        if request.current.quorum == "all":
            assert collect_keys(eligible) <= set(deciders)
        else:
            assert len(set(deciders)) >= count_needed(request.current, eligible)
    assert (request.due is None) == (request.state is not RequestState.PENDING)
    assert (request.completed is None) == (request.state is RequestState.PENDING)
