from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import Action, RetryMessages
from reconciler.model.configuration.revision import Origin
from reconciler.model.configuration.snapshot import Commit, Snapshot
from reconciler.model.configuration.suspension import UNTIL_RESUMED, Freeze, Suspension
from reconciler.model.errors import Bug, NotFound, StateFrozen
from reconciler.model.mail.mailbox import GroupReference
from reconciler.model.mail.message import MessageState
from reconciler.state.protocols import State
from tests.state.samples import NOW, after, ask, commit, entry, message, record, request, templated

RELAY = Address("SmtpServer", "relay")


def moving(on: Snapshot, old: str, new: str) -> Commit:
    """A commit that renames what is stored under ``old``."""
    from dataclasses import replace

    kind, name = new.split("/")
    moved = (Address(*old.split("/")), Address(kind, name))
    before = on.resources[moved[0]]
    after_ = replace(before, address=moved[1], metadata={**before.metadata, "name": name})
    return replace(commit(on, after_, blobs={}), moves=(moved,), origin=Origin("apply", "sam@desk", "abc", "d", {}))


class TestRevisions:
    def test_a_state_that_does_not_exist_has_none(self, state: State) -> None:
        assert state.history.revisions() == state.history.since(0) == state.history.of(RELAY) == []

    def test_a_revision_holds_every_record_before_and_after(self, state: State, other: State) -> None:
        state.snapshots.commit(commit(Snapshot(), record(), templated()))
        state.snapshots.commit(commit(state.snapshots.read(), record(x=1), delete=("EmailTask/ask",)))
        second, first = other.history.revisions()
        assert (first.serial, second.serial, first.complete) == (1, 2, True)
        assert [(c.action, c.before) for c in first.changes] == [(Action.CREATE, None)] * 2
        update, delete = second.changes
        assert (update.action, update.before, update.after) == (Action.UPDATE, record(), record(x=1))
        assert (delete.action, delete.before, delete.after) == (Action.DELETE, templated(), None)

    def test_since_and_limit_and_before(self, state: State) -> None:
        for number in range(4):
            state.snapshots.commit(commit(state.snapshots.read(), record(count=number)))
        assert [r.serial for r in state.history.since(2)] == [4, 3]
        assert [r.serial for r in state.history.revisions(limit=1, before=4)] == [3]

    def test_a_refused_commit_leaves_none(self, state: State) -> None:
        state.snapshots.commit(commit(Snapshot(), record()))
        state.freezes.freeze(Freeze("sam", "sam@desk", NOW, "why"), entry("state.frozen"))
        with pytest.raises(StateFrozen):
            state.snapshots.commit(commit(state.snapshots.read(), record(x=1)))
        assert [r.serial for r in state.history.revisions()] == [1] and state.snapshots.read().serial == 1

    def test_the_resource_is_followed_to_its_earlier_name(self, state: State) -> None:
        state.snapshots.commit(commit(Snapshot(), record("Group/a")))
        state.snapshots.commit(moving(state.snapshots.read(), "Group/a", "Group/b"))
        state.snapshots.commit(commit(state.snapshots.read(), record("Group/a", other=1)))
        assert [r.serial for r in state.history.of(Address("Group", "b"))] == [2, 1]
        assert state.history.of(Address("Group", "b"))[0].origin == Origin("apply", "sam@desk", "abc", "d", {})


class TestMoves:
    def test_the_record_goes_by_the_new_name_alone(self, state: State) -> None:
        state.snapshots.commit(commit(Snapshot(), record("Group/a")))
        state.snapshots.commit(moving(state.snapshots.read(), "Group/a", "Group/b"))
        assert list(state.snapshots.read().resources) == [Address("Group", "b")]
        (change,) = state.history.revisions()[0].changes
        assert (change.action, change.previous) == (Action.NONE, Address("Group", "a"))

    def test_pinned_groups_follow(self, state: State) -> None:
        state.snapshots.commit(commit(Snapshot(), record("Group/team")))
        state.requests.add(request(), [], entry(), serial=1)
        state.snapshots.commit(moving(state.snapshots.read(), "Group/team", "Group/crew"))
        moved = state.requests.get("req_1")
        assert moved is not None and moved.current.approvers[1] == GroupReference("crew") and moved.revision == 2

    def test_servers_keep_their_pause(self, state: State) -> None:
        state.snapshots.commit(commit(Snapshot(), record("SmtpServer/relay")))
        state.outbox.add([message()], entry())
        state.servers.postpone("relay", after(hours=1), "down", None)
        state.snapshots.commit(moving(state.snapshots.read(), "SmtpServer/relay", "SmtpServer/post"))
        assert (state.servers.failures("relay"), state.servers.failures("post")) == (0, 1)
        state.servers.recovered("post", NOW)
        assert [c.message.server for c in state.deliveries.claim(NOW, token="t", until=after(hours=1), limit=9)] == [
            "post"
        ]

    def test_what_is_written_under_an_old_name_of_an_old_name_finds_the_newest(self, state: State) -> None:
        state.snapshots.commit(commit(Snapshot(), record("SmtpServer/relay")))
        state.snapshots.commit(moving(state.snapshots.read(), "SmtpServer/relay", "SmtpServer/post"))
        state.snapshots.commit(moving(state.snapshots.read(), "SmtpServer/post", "SmtpServer/mail"))
        state.outbox.add([message()], entry())
        stored = state.outbox.get("msg_1")
        assert stored is not None and stored.server == "mail"

    def test_a_move_without_the_new_record_is_a_bug(self, state: State) -> None:
        from dataclasses import replace

        state.snapshots.commit(commit(Snapshot(), record("Group/a")))
        bad = replace(commit(state.snapshots.read()), moves=((Address("Group", "a"), Address("Group", "b")),))
        with pytest.raises(Bug):
            state.snapshots.commit(bad)


class TestSuspensions:
    def test_they_are_kept_replaced_and_lifted(self, state: State, other: State) -> None:
        assert state.suspensions.all() == [] and state.suspensions.get(RELAY) is None
        first = Suspension(RELAY, "sam", NOW, "Moving")
        second = Suspension(RELAY, "kim", after(hours=1), "Still moving", after(days=1))
        state.suspensions.put(first, entry("resource.suspended"))
        assert other.suspensions.get(RELAY) == first
        state.suspensions.put(second, entry("resource.suspended"))
        assert other.suspensions.all() == [second]
        assert state.suspensions.lift(RELAY, entry("resource.resumed"))
        assert not state.suspensions.lift(RELAY, entry("resource.resumed"))
        assert len(list(state.journal.entries())) == 3

    def test_neither_a_recovery_nor_an_apply_lets_mail_go(self, state: State) -> None:
        state.snapshots.commit(commit(Snapshot(), record("SmtpServer/relay")))
        state.outbox.add([message()], entry())
        state.servers.postpone("relay", after(hours=1), "down", None)
        state.suspensions.put(Suspension(RELAY, "sam", NOW, "Moving"), entry())
        state.servers.recovered("relay", NOW)
        state.snapshots.commit(
            commit(state.snapshots.read(), record("SmtpServer/relay", x=1), effects=(RetryMessages("relay"),))
        )
        stored = state.outbox.get("msg_1")
        assert stored is not None and stored.due == UNTIL_RESUMED and stored.state is MessageState.QUEUED
        assert state.deliveries.claim(after(days=3), token="t", until=after(days=4), limit=9) == []


class TestUpkeep:
    def test_prepare_makes_an_empty_state_once(self, state: State, other: State) -> None:
        stored, current = state.upkeep.versions()
        assert stored == 0 and state.upkeep.prepare() == 0
        assert other.upkeep.versions() == (current, current) and other.upkeep.prepare() == current
        assert other.snapshots.read() == Snapshot()

    def test_there_is_no_backup_of_nothing(self, state: State, tmp_path: Path) -> None:
        with pytest.raises(NotFound):
            state.upkeep.backup(tmp_path / "copy.db")
        assert not (tmp_path / "copy.db").exists()

    def test_figures_count_what_is_late(self, state: State) -> None:
        state.snapshots.commit(commit(Snapshot(), record("SmtpServer/relay")))
        state.requests.add(request(), [ask("msg_1")], entry(), serial=1)
        state.outbox.add([message("msg_2", state=MessageState.DELIVERED)], entry())
        state.servers.postpone("relay", after(minutes=1), "down", None)
        late = after(hours=2)
        figures = state.upkeep.figures(late=late, since=late - timedelta(days=1))
        assert (figures.messages, figures.late_messages) == ({"delivered": 1, "queued": 1}, 1)
        assert (figures.pending, figures.late_requests, [each.server for each in figures.servers]) == (1, 1, ["relay"])
