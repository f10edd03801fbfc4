"""The rules over the tables of one transaction, in a database in memory; the kinds are none of ours."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from reconciler.model.configuration.address import Address, NamedIn
from reconciler.model.configuration.snapshot import Snapshot
from reconciler.model.configuration.suspension import UNTIL_RESUMED, Suspension
from reconciler.model.errors import Conflict, Refused
from reconciler.model.mail.mailbox import GroupReference
from reconciler.model.mail.message import Lease, MessageState
from reconciler.state.rules import commits, mail, names, requests, stops
from reconciler.state.sql.transactions import transaction
from reconciler.state.sqlite.backend import SqliteConnection
from reconciler.state.sqlite.schema import migrate
from reconciler.state.tables import Kinds, Transaction
from reconciler.wiring import NAMED_IN
from tests.state import samples
from tests.state.samples import NOW, after, ask, commit, decision, entry, message, record, request
from tests.support.hints import hint

KINDS = Kinds(
    {
        "Wish": NamedIn.REQUEST_TYPE,
        "Way": NamedIn.REQUEST_PROCESS,
        "Team": NamedIn.STAGE_GROUP,
        "Letter": NamedIn.MESSAGE_TASK,
        "Post": NamedIn.MESSAGE_SERVER,
    }
)
POST = Address("Post", "relay")


@pytest.fixture
def rows() -> Iterator[Transaction]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.row_factory = sqlite3.Row
        migrate(connection, 0)
        yield transaction(SqliteConnection(connection), KINDS)


def applied(rows: Transaction, *addresses: str) -> Snapshot:
    commits.carry_out(rows, commit(commits.read_snapshot(rows), *map(record, addresses)))
    return commits.read_snapshot(rows)


def letter(id: str = "msg_1", **changes: object):  # type: ignore[no-untyped-def]
    return message(id, task="Letter/ask", **changes)


def moved(rows: Transaction, old: str, new: str) -> None:
    before, after_ = Address(*old.split("/")), record(new)
    commits.carry_out(
        rows, replace(commit(commits.read_snapshot(rows), after_, blobs={}), moves=((before, after_.address),))
    )


def test_the_samples_are_of_our_kinds() -> None:
    assert samples.NAMED_IN == NAMED_IN


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("Wish/run-application", "1 open request: req_1"),
        ("Way/manual-email", "1 open request: req_1"),
        ("Team/team", "1 open request: req_1"),
        ("Letter/ask", "2 unfinished messages: msg_1, msg_2"),
        ("Post/relay", "2 unfinished messages: msg_1, msg_2"),
    ],
)
def test_what_is_needed_depends_on_where_a_kind_is_named(rows: Transaction, address: str, words: str) -> None:
    requests.add_request(rows, request(), [letter(), letter("msg_2")], entry(), serial=0)
    parsed = Address(*address.split("/"))
    others = [Address(parsed.kind, "other"), Address("Stranger", parsed.name)]
    assert names.needed(rows, [parsed, *others]) == {parsed: words}


def test_a_refusal_names_what_to_do_first_in_the_order_of_what_is_kept(rows: Transaction) -> None:
    requests.add_request(rows, request(), [letter()], entry(), serial=0)
    with pytest.raises(Refused) as refused:
        names.require_unneeded(rows, [Address("Wish", "run-application"), Address("Letter", "ask")])
    assert hint(refused.value) == (
        "Keep it for now, or let the mail finish first (`reconciler run --once`, `reconciler deliveries list`) and "
        "decide or cancel the requests first (`reconciler approvals list`); then apply again."
    )


def test_last_uses_are_those_of_what_requests_and_mail_came_through(rows: Transaction) -> None:
    requests.add_request(rows, request(created=after(hours=1)), [letter()], entry(), serial=0)
    wanted = [
        Address(*each.split("/")) for each in ("Wish/run-application", "Letter/ask", "Post/none", "Team/team", "X/y")
    ]
    assert names.last_uses(rows, wanted) == {wanted[0]: after(hours=1), wanted[1]: NOW, wanted[2]: None}


def test_what_names_a_resource_follows_its_rename(rows: Transaction) -> None:
    applied(rows, "Wish/run-application", "Team/team", "Letter/ask", "Post/relay")
    requests.add_request(rows, request(), [letter()], entry(), serial=1)
    mail.postpone(rows, "relay", after(hours=1), "down", None)
    for old, new in [("Wish/run-application", "Wish/w"), ("Team/team", "Team/t"), ("Letter/ask", "Letter/l"),
                     ("Post/relay", "Post/p")]:  # fmt: skip
        moved(rows, old, new)
    asked, sent = rows.requests.get("req_1"), rows.messages.get("msg_1")
    assert asked is not None and sent is not None
    assert (asked.type, asked.stages[0].approvers[1], asked.revision) == ("w", GroupReference("t"), 3)
    assert (sent.task, sent.server) == ("Letter/l", "p")
    assert (mail.failures(rows, "relay"), mail.failures(rows, "p")) == (0, 1)


def test_the_name_of_now_is_found_through_all_earlier_ones(rows: Transaction) -> None:
    applied(rows, "Letter/a")
    for old, new in ("ab", "bc", "cd"):
        moved(rows, f"Letter/{old}", f"Letter/{new}")
    assert names.current_name(rows, NamedIn.MESSAGE_TASK, "Letter/a") == "Letter/d"
    assert names.current_name(rows, NamedIn.MESSAGE_TASK, "builtin:ask") == "builtin:ask"
    assert names.current_name(rows, NamedIn.MESSAGE_SERVER, "unknown") == "unknown"


def test_names_that_lead_back_to_each_other_end(rows: Transaction) -> None:
    applied(rows, "Letter/a")
    moved(rows, "Letter/a", "Letter/b")
    moved(rows, "Letter/b", "Letter/a")
    commits.carry_out(rows, commit(commits.read_snapshot(rows), delete=("Letter/a",)))
    assert names.current_name(rows, NamedIn.MESSAGE_TASK, "Letter/a") in ("Letter/a", "Letter/b")


def test_mail_is_due_at_the_latest_of_its_time_a_pause_and_a_suspension(rows: Transaction) -> None:
    assert mail.paused_due(rows, "relay", NOW) == NOW
    mail.postpone(rows, "relay", after(hours=1), "down", None)
    assert mail.paused_due(rows, "relay", NOW) == after(hours=1)
    stops.suspend(rows, Suspension(POST, "sam", NOW, "why", after(hours=3)), entry())
    assert mail.paused_due(rows, "relay", NOW) == after(hours=3)
    assert mail.paused_due(rows, "relay", after(days=1)) == after(days=1)
    stops.suspend(rows, Suspension(POST, "sam", NOW, "why"), entry())
    assert mail.paused_due(rows, "relay", NOW) == UNTIL_RESUMED


def test_a_suspension_of_what_is_no_server_holds_no_mail(rows: Transaction) -> None:
    mail.add_messages(rows, [letter()])
    stops.suspend(rows, Suspension(Address("Letter", "relay"), "sam", NOW, "why"), entry())
    assert [each.id for each in mail.candidates(rows, NOW, 9, None)] == ["msg_1"]


class TestWhatIsComparedBeforeItChanges:
    """As two transactions meet where no lock keeps them apart."""

    def test_of_two_commits_on_one_serial_the_second_is_told(self, rows: Transaction) -> None:
        assert rows.serials.advance((None, 0), "x") and not rows.serials.advance((None, 0), "x")
        assert not rows.serials.advance(("y", 1), "y") and rows.serials.advance(("x", 1), "x")
        assert (rows.serials.current().serial, rows.serials.confirm(2), rows.serials.confirm(1)) == (2, True, False)

    def test_a_message_is_taken_once(self, rows: Transaction) -> None:
        mail.add_messages(rows, [letter()])
        (found,) = mail.candidates(rows, NOW, 9, None)
        taken = rows.leases.take(found.id, Lease("a", after(minutes=5)), NOW)
        assert taken is not None and taken.state is MessageState.SENDING
        assert rows.leases.take(found.id, Lease("b", after(minutes=5)), NOW) is None
        assert rows.leases.take(found.id, Lease("b", after(hours=5)), after(minutes=5)) is not None

    def test_what_is_given_back_under_a_lost_lease_stays_where_it_is(self, rows: Transaction) -> None:
        mail.add_messages(rows, [letter()])
        (found,) = mail.candidates(rows, NOW, 9, None)
        rows.leases.take(found.id, Lease("a", NOW), NOW)
        rows.leases.take(found.id, Lease("b", after(hours=1)), NOW)
        rows.leases.give_back("a", found, NOW)
        assert [each.id for each in rows.leases.of("b")] == ["msg_1"]

    def test_a_second_decision_of_a_person_is_told(self, rows: Transaction) -> None:
        requests.add_request(rows, request(decisions=(decision(),)), [], entry(), serial=0)
        with pytest.raises(Conflict) as conflict:
            requests.move_request(rows, request(revision=2, decisions=(decision(),) * 2), [], entry(), cancel=None)
        assert hint(conflict.value) == "See the decision with `reconciler approvals show req_1`."

    def test_a_lock_is_taken_once(self, rows: Transaction) -> None:
        from tests.state.test_journal_and_lock import MINE, YOURS

        assert rows.locks.add(MINE) and not rows.locks.add(YOURS) and rows.locks.all() == [MINE]
        assert not rows.locks.delete(YOURS.token) and rows.locks.delete(MINE.token)


def test_cancelling_keeps_what_the_move_itself_writes_again(rows: Transaction) -> None:
    requests.add_request(rows, request(), [ask("msg_1"), ask("msg_2")], entry(), serial=0)
    requests.move_request(rows, request(revision=2), [ask("msg_1")], entry(at=after(minutes=1)), cancel="done")
    kept, gone = rows.messages.get("msg_1"), rows.messages.get("msg_2")
    assert kept is not None and kept.state is MessageState.QUEUED
    assert gone is not None and (gone.state, gone.fates[0].reply, gone.fates[0].at) == (
        MessageState.CANCELLED,
        "done",
        after(minutes=1),
    )
