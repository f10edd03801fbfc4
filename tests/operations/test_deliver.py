"""deliver: what becomes of the outbox when servers work, fail, come back; when it is stopped; when others work too."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reconciler.model.mail.message import MessageState
from reconciler.operations.mail import deliver
from reconciler.operations.mail.deliver import LEASE
from reconciler.testkit.capture import CaptureServer
from reconciler.testkit.scripted import ScriptedServer, expect, hello, say, take_mail
from tests.operations.conftest import SERVER, TASK, Project


def test_a_message_is_delivered_and_recorded(applied: Project) -> None:
    with CaptureServer() as server:
        applied.transport.port = server.port
        message = applied.send()
        assert [mail.data for mail in server.mails] == [message.data]
    assert message.state is MessageState.DELIVERED
    [attempt] = applied.attempts(message.id)
    assert [str(each.verdict) for each in attempt.verdicts] == ["delivered"]
    assert applied.events() == ["config.applied", "task.sent", "delivery.delivered"]


def test_many_messages_go_over_as_many_connections_as_the_server_may_have(project: Project) -> None:
    project.apply(f"{SERVER.replace('from:', 'limits: {connections: 2}, from:')}---{TASK}")
    with CaptureServer() as server:
        project.transport.port = server.port
        project.store(12)
        assert project.run() == {"delivered": 12}
        assert server.connections <= 2
        assert len({mail.data for mail in server.mails}) == 12


def test_one_connection_carries_many_messages(project: Project) -> None:
    project.apply(f"{SERVER.replace('from:', 'limits: {connections: 1}, from:')}---{TASK}")
    with CaptureServer() as server:
        project.transport.port = server.port
        project.store(5)
        assert project.run() == {"delivered": 5}
        assert server.connections == 1


def test_messages_per_connection_are_honoured(project: Project) -> None:
    project.apply(f"{SERVER.replace('from:', 'limits: {connections: 1, messagesPerConnection: 2}, from:')}---{TASK}")
    with CaptureServer() as server:
        project.transport.port = server.port
        project.store(5)
        assert project.run() == {"delivered": 5}
        assert [mail.connection for mail in server.mails] == [1, 1, 2, 2, 3]


class TestServerDown:
    def test_all_its_mail_waits_with_the_fault_and_no_attempt_counted(self, applied: Project) -> None:
        messages = applied.store(3)
        assert applied.run() == {"deferred": 3}
        for message in map(applied.message, (each.id for each in messages)):
            assert (message.state, message.attempts) == (MessageState.DEFERRED, 0)
            assert message.due > applied.clock()
            [attempt] = applied.attempts(message.id)
            assert "cannot be reached" in attempt.fault
            assert attempt.fault in applied.heard[0] and message.fates[0].reply == attempt.fault
        assert applied.events().count("server.unreachable") == 1
        assert len([line for line in applied.heard if "Its mail waits until" in line]) == 1
        assert [line for line in applied.heard[1:] if attempt.fault in line] == []

    def test_it_is_not_tried_again_before_its_time(self, applied: Project) -> None:
        applied.store(2)
        applied.run()
        tried = len(applied.transport.routes)
        assert applied.run() == {}
        assert len(applied.transport.routes) == tried

    def test_new_mail_does_not_wake_it_early_and_pauses_grow(
        self, applied: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("random.random", lambda: 0.9)
        pauses = []
        applied.store(1)
        for _ in range(4):
            applied.run()
            due = applied.workspace.state.next_due()
            assert due is not None
            pauses.append(due - applied.clock())
            applied.clock.at = due
        assert sum(pauses[2:], timedelta()) > sum(pauses[:2], timedelta())
        assert applied.workspace.state.servers.failures("relay") == 4

    def test_when_it_is_back_all_that_waits_goes_at_once(self, applied: Project) -> None:
        applied.store(3)
        applied.run()
        with CaptureServer() as server:
            applied.transport.port = server.port
            applied.clock.pass_(hours=2)
            assert applied.run() == {"delivered": 3}
            assert len(server.mails) == 3
        assert applied.workspace.state.servers.failures("relay") == 0

    def test_another_server_is_not_held_up(self, project: Project) -> None:
        other = SERVER.replace("relay", "other")
        task = TASK.replace("  subject:", "  smtpServer: relay\n  subject:")
        project.apply(
            f"{SERVER}---{other}---{task}---{task.replace('relay', 'other').replace('name: news', 'name: more')}"
        )
        project.store(1)
        project.run()
        with CaptureServer() as server:
            project.transport.port = server.port
            assert project.send("more").state is MessageState.DELIVERED

    def test_it_gives_up_when_the_message_is_of_no_use_any_more(self, applied: Project) -> None:
        [message] = applied.store()
        applied.run()
        applied.clock.pass_(days=6)
        assert applied.run() == {"failed": 1}
        assert "usefulness" in applied.heard[-1]
        assert applied.message(message.id).state is MessageState.FAILED


class TestSecrets:
    LOGIN = (
        SERVER.replace("from:", "credential: login, from:")
        + """---
apiVersion: reconciler/v1
kind: Credential
metadata: {name: login}
spec: {username: sam, password: {secret: relay-password}}
"""
    )

    def test_a_missing_one_is_the_servers_fault_and_nothing_connects(self, project: Project) -> None:
        project.apply(f"{self.LOGIN}---{TASK}")
        message = project.send()
        assert message.state is MessageState.DEFERRED
        assert "Secret relay-password has no value on this machine" in project.attempts(message.id)[0].fault

    def test_it_is_read_when_it_is_needed(self, project: Project) -> None:
        project.apply(f"{self.LOGIN}---{TASK}")
        message = project.send()
        project.environment["RECONCILER_SECRET_RELAY_PASSWORD"] = "right"
        with CaptureServer(login=("sam", "right")) as server:
            project.transport.port = server.port
            project.clock.pass_(hours=2)
            assert project.run() == {"delivered": 1}
            assert server.mails[0].user == "sam"
        assert len(project.attempts(message.id)) == 2


class TestRecipients:
    def test_each_has_a_fate_of_their_own(self, project: Project) -> None:
        project.apply(f"{SERVER}---{TASK.replace('[a@example.com]', '[a@example.com, b@example.com, c@example.com]')}")
        script = [
            say("220 Hi"),
            hello(),
            *take_mail("250 OK", "550 5.1.1 Who?", "451 4.3.0 Later"),
            expect("QUIT", "221"),
        ]
        with ScriptedServer(script) as server:
            project.transport.port = server.port
            message = project.send()
        assert [str(fate.verdict) for fate in message.fates] == ["delivered", "failed", "retry"]
        assert (message.state, message.attempts) == (MessageState.DEFERRED, 1)
        assert message.open_recipients == ("c@example.com",)

    def test_a_permanent_refusal_is_never_tried_again(self, applied: Project) -> None:
        script = [
            say("220 Hi"),
            hello(),
            expect("MAIL", "250 OK"),
            expect("RCPT", "550 5.1.1 Who?"),
            expect("QUIT", "221"),
        ]
        with ScriptedServer(script) as server:
            applied.transport.port = server.port
            message = applied.send()
            applied.clock.pass_(days=1)
            assert applied.run() == {}
            assert server.connections == 1
        assert (message.state, message.attempts) == (MessageState.FAILED, 1)

    def test_a_lost_answer_is_ambiguous_and_the_same_bytes_go_again(self, applied: Project) -> None:
        cut = [say("220 Hi"), hello(), *take_mail(dot=None)]
        whole = [say("220 Hi"), hello(), *take_mail(), expect("QUIT", "221")]
        with ScriptedServer(cut, whole) as server:
            applied.transport.port = server.port
            message = applied.send()
            assert message.state is MessageState.AMBIGUOUS
            applied.clock.pass_(hours=3)
            assert applied.run() == {"delivered": 1}
            assert server.bodies[0] == server.bodies[1]


class TestStopping:
    def test_gives_back_what_was_not_tried(self, project: Project) -> None:
        project.apply(f"{SERVER.replace('from:', 'limits: {connections: 1}, from:')}---{TASK}")
        with CaptureServer() as server:
            project.transport.port = server.port
            project.store(5)
            assert project.run(stop=lambda: len(server.mails) >= 2) == {"delivered": 2}
            states = [message.state for message in project.workspace.state.outbox.find()]
            assert sorted(states) == [MessageState.DELIVERED] * 2 + [MessageState.QUEUED] * 3
            assert project.run() == {"delivered": 3}

    def test_before_anything_tries_nothing(self, applied: Project) -> None:
        applied.store(2)
        assert applied.run(stop=lambda: True) == {}
        assert applied.transport.routes == []


class TestOtherRunners:
    def test_a_lease_that_was_taken_over_is_not_written(self, applied: Project) -> None:
        """This runner hangs for longer than its lease; another one claims the message meanwhile."""
        [message] = applied.store()

        def long_wait() -> None:
            applied.transport.before = lambda: None
            later = applied.clock() + 2 * LEASE
            [taken] = applied.workspace.state.deliveries.claim(later, token="other", until=later + LEASE, limit=9)
            assert taken.recovered

        applied.transport.before = long_wait
        with CaptureServer() as server:
            applied.transport.port = server.port
            assert applied.run() == {}
        assert applied.message(message.id).state is MessageState.SENDING
        assert [line for line in applied.heard if "another runner has taken this message over" in line]
        assert applied.attempts(message.id) == []

    def test_a_vanished_runner_leaves_a_message_ambiguous_and_it_goes_again(self, applied: Project) -> None:
        [message] = applied.store()
        now = applied.clock()
        applied.workspace.state.deliveries.claim(now, token="dead", until=now + LEASE, limit=9)
        assert applied.run() == {}
        applied.clock.pass_(seconds=61)
        with CaptureServer() as server:
            applied.transport.port = server.port
            assert applied.run() == {"ambiguous": 1, "delivered": 1}
            assert server.mails[0].data == message.data
        assert applied.attempts(message.id)[0].fault.startswith("an earlier attempt ended")


def test_a_server_that_is_no_longer_applied_fails_its_mail(applied: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    [message] = applied.store()
    monkeypatch.setattr(deliver._Round, "_route", lambda *_: None)
    assert applied.run() == {"failed": 1}
    assert "no longer applied" in applied.attempts(message.id)[0].fault


def test_nothing_due_is_nothing_done(applied: Project) -> None:
    assert applied.run() == {}
    assert applied.events() == ["config.applied"]


@pytest.mark.parametrize("reply", ["530 5.7.0 Authentication required", "530 Must issue a STARTTLS command first"])
def test_mail_a_server_wants_a_login_for_waits_until_the_server_is_corrected(applied: Project, reply: str) -> None:
    steps = [say("220 scripted.example.com"), hello(), expect("MAIL", reply), expect("QUIT", "221 Bye")]
    with ScriptedServer(steps) as server:
        applied.transport.port = server.port
        message = applied.send()
    assert message.state is MessageState.DEFERRED
    [fate] = message.fates
    assert fate.open and fate.reply.startswith(reply)
    assert "spec.tls.mode" in fate.reply and "spec.credential" in fate.reply
    applied.apply(f"{SERVER.replace('from:', 'helo: desk.example.com, from:')}---{TASK}")
    assert applied.message(message.id).due <= applied.clock()
