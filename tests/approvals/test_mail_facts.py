"""What the outbox tells about a stage's first mails."""

from dataclasses import replace

from reconciler.approvals.mail_facts import MailFacts, mail_facts
from reconciler.model.mail.message import MessageState, Verdict
from tests.approvals.samples import after, ask

A, B = "a@example.com", "b@example.com"


def test_no_mail_tells_nothing():
    assert mail_facts([], 0) == MailFacts()


def test_mail_of_other_stages_slots_and_tasks_is_left_out():
    others = [ask(A, stage=1), ask(A, slot="completed"), replace(ask(A), about=None)]
    assert mail_facts(others, 0) == MailFacts()


def test_the_earliest_acceptance_counts():
    taken = [ask(p, MessageState.DELIVERED, Verdict.DELIVERED, after(hours=h)) for p, h in ((A, 3), (B, 2))]
    assert mail_facts(taken, 0).accepted == after(hours=2)


def test_mail_is_on_its_way_until_its_fate_is_final():
    states = [MessageState.QUEUED, MessageState.SENDING, MessageState.DEFERRED, MessageState.AMBIGUOUS]
    facts = mail_facts([ask(f"p{n}@example.com", state) for n, state in enumerate(states)], 0)
    assert (facts.on_the_way, facts.accepted, facts.failed) == (4, None, None)


def test_failed_is_when_the_last_of_all_failed():
    failures = [ask(p, MessageState.FAILED, Verdict.FAILED, after(hours=h)) for p, h in ((A, 3), (B, 2))]
    assert mail_facts(failures, 0).failed == after(hours=3)
    assert mail_facts([*failures, ask("c@example.com")], 0).failed is None
    taken = ask("c@example.com", MessageState.DELIVERED, Verdict.DELIVERED, after(hours=1))
    assert mail_facts([*failures, taken], 0).failed is None


def test_a_failure_without_a_time_is_when_it_was_given_up():
    assert mail_facts([ask(A, MessageState.FAILED)], 0).failed == after(days=5)


def test_cancelled_mail_asks_nobody_but_is_counted_as_a_round():
    facts = mail_facts([ask(A, MessageState.CANCELLED), ask(A), ask(B, MessageState.CANCELLED)], 0)
    assert facts.asked == {A}
    assert dict(facts.rounds) == {A: 2, B: 1}
    assert mail_facts([ask(B, MessageState.CANCELLED)], 0).failed is None


def test_an_acceptance_without_a_time_is_no_fact():
    assert mail_facts([ask(A, MessageState.DELIVERED, Verdict.DELIVERED, None)], 0).accepted is None
