from __future__ import annotations

from datetime import timedelta

import pytest

from reconciler.model.errors import NotFound, Refused, StateFrozen, UserError
from reconciler.model.journal import Entry
from reconciler.model.mail.message import Message, MessageState
from reconciler.operations.approvals.request_approval import request_approval
from reconciler.operations.configuration.show_status import show_status
from reconciler.operations.configuration.suspend import freeze_applies, resume, suspend, thaw_applies
from reconciler.operations.mail.deliver import run_due
from reconciler.operations.mail.send_task import Sending, send_task, write_task
from reconciler.views.deliveries import DELIVERY, describe_next_step
from reconciler.views.plan.json import PLAN
from reconciler.views.status import STATUS, describe_status
from tests.history.conftest import DESK, SERVER, START, WHOLE, Project
from tests.support.printed import write_plan_annotations, write_plan_html, write_plan_markdown, write_plan_text


def queued(project: Project) -> str:
    """A message of the task that waits; nothing listens where it wants to go."""
    message = write_task(project.workspace, Sending("news"))
    project.workspace.state.outbox.add([message], Entry("task.sent", message.task, "test", START, {}))
    return message.id


def stored(project: Project, id: str) -> Message:
    found = project.workspace.state.outbox.get(id)
    assert found is not None
    return found


def run(project: Project) -> dict[str, int]:
    return dict(run_due(project.workspace, notice=project.heard.append).messages)


@pytest.fixture
def applied(project: Project) -> Project:
    project.apply(WHOLE)
    return project


class TestServer:
    def test_its_mail_waits_and_is_not_tried(self, applied: Project) -> None:
        id = queued(applied)
        suspend(applied.workspace, "relay", "Moving")
        assert run(applied) == {} and stored(applied, id).attempts == 0
        assert applied.workspace.state.deliveries.claim(START, token="t", until=START, limit=9, only=id) == []

    def test_mail_written_meanwhile_waits_too(self, applied: Project) -> None:
        suspend(applied.workspace, "relay", "Moving")
        message = send_task(applied.workspace, Sending("news"), applied.heard.append)
        assert message.state is MessageState.QUEUED and run(applied) == {}
        assert "resumes the suspended SmtpServer/relay" in describe_next_step(message)
        assert DELIVERY.write(message, attempts=[])["dueAt"] is None

    def test_resume_makes_its_mail_due_at_once(self, applied: Project) -> None:
        suspend(applied.workspace, "relay", "Moving")
        id = queued(applied)
        resume(applied.workspace, "relay")
        assert stored(applied, id).due == START and run(applied) == {"deferred": 1}

    def test_until_ends_it(self, applied: Project) -> None:
        suspend(applied.workspace, "relay", "Moving", START + timedelta(hours=4))
        id = queued(applied)
        assert stored(applied, id).due == START + timedelta(hours=4)
        applied.clock.pass_(hours=3, minutes=59)
        assert run(applied) == {}
        applied.clock.pass_(minutes=1)
        assert run(applied) == {"deferred": 1}

    def test_an_apply_of_the_server_does_not_send_its_mail(self, applied: Project) -> None:
        suspend(applied.workspace, "relay", "Moving")
        id = queued(applied)
        applied.apply(WHOLE.replace("desk@example.com", "post@example.com"))
        assert run(applied) == {} and stored(applied, id).attempts == 0

    def test_a_shorter_suspension_replaces_a_longer_one(self, applied: Project) -> None:
        id = queued(applied)
        suspend(applied.workspace, "relay", "Moving")
        suspend(applied.workspace, "relay", "Nearly done", START + timedelta(hours=1))
        assert stored(applied, id).due == START + timedelta(hours=1)

    def test_the_runner_is_not_kept_busy(self, applied: Project) -> None:
        queued(applied)
        suspend(applied.workspace, "relay", "Moving")
        due = applied.workspace.state.next_due()
        assert due is None or due > START + timedelta(days=1)

    def test_what_was_claimed_and_not_tried_waits_when_it_is_given_back(self, applied: Project) -> None:
        id = queued(applied)
        deliveries = applied.workspace.state.deliveries
        deliveries.claim(START, token="t", until=START + timedelta(minutes=1), limit=9)
        suspend(applied.workspace, "relay", "Moving")
        deliveries.release("t", START)
        assert stored(applied, id).state is MessageState.QUEUED and run(applied) == {}


def test_a_suspended_task_sends_nothing(applied: Project) -> None:
    suspend(applied.workspace, "news", "Wrong words")
    with pytest.raises(Refused) as caught:
        send_task(applied.workspace, Sending("news"), applied.heard.append)
    assert "octo suspended it at 2027-03-01 09:00 UTC: Wrong words." in caught.value.detail
    assert "resume EmailTask/news" in caught.value.hint
    resume(applied.workspace, "news")
    assert send_task(applied.workspace, Sending("news"), applied.heard.append).id


@pytest.mark.parametrize("address", ["ApprovalType/run", "ApprovalProcess/manual"])
def test_a_suspended_type_or_process_takes_no_new_request(applied: Project, address: str) -> None:
    before = request_approval(applied.workspace, "run", "kim@example.com", "Lunch", {})
    suspend(applied.workspace, address, "Audit", START + timedelta(days=1))
    with pytest.raises(Refused, match="suspended") as caught:
        request_approval(applied.workspace, "run", "kim@example.com", "Lunch", {})
    assert "Audit" in caught.value.detail and "2027-03-02 09:00 UTC" in caught.value.detail
    assert applied.workspace.state.requests.find() == [applied.workspace.state.requests.get(before.id)]
    applied.clock.pass_(days=1)
    assert request_approval(applied.workspace, "run", "kim@example.com", "Lunch", {}).id


@pytest.mark.parametrize("word", ["Group/desk", "desk"])
def test_what_nothing_comes_from_cannot_be_suspended(applied: Project, word: str) -> None:
    with pytest.raises(Refused, match="Group cannot be suspended"):
        suspend(applied.workspace, word, "why")


def test_a_task_that_approvals_send_cannot_be_suspended(applied: Project) -> None:
    ask = "apiVersion: reconciler/v1\nkind: EmailTask\nmetadata: {name: ask}\nspec: {context: approval}\n---\n"
    applied.apply(WHOLE.replace("{stages:", "{startActivity: ask, stages:") + ask)
    with pytest.raises(Refused, match="approvals send"):
        suspend(applied.workspace, "ask", "why")


@pytest.mark.parametrize(("word", "reason", "hours"), [("relay", " ", 1), ("relay", "why", 0)])
def test_an_empty_reason_and_a_past_end_are_refused(applied: Project, word: str, reason: str, hours: int) -> None:
    with pytest.raises(UserError):
        suspend(applied.workspace, word, reason, START + timedelta(hours=hours))


def test_an_unknown_name_is_told(applied: Project) -> None:
    with pytest.raises(NotFound):
        suspend(applied.workspace, "rely", "why")
    with pytest.raises(NotFound, match="Nothing is suspended"):
        resume(applied.workspace, "relay")


def test_every_plan_shows_it_and_no_apply_lifts_it(applied: Project) -> None:
    suspend(applied.workspace, "relay", "Moving")
    digest = applied.plan().digest
    assert "SmtpServer/relay: its mail waits" in write_plan_text(applied.plan())
    assert PLAN.write(applied.plan())["suspensions"][0]["reason"] == "Moving"
    plan = applied.plan(WHOLE + "---\n" + DESK.replace("name: desk", "name: other"))
    assert plan.suspensions
    applied.apply()
    assert applied.workspace.state.suspensions.all()
    resume(applied.workspace, "relay")
    assert applied.plan(WHOLE).suspensions == () and digest


def test_suspensions_stand_outside_the_digest(applied: Project) -> None:
    before = applied.plan(WHOLE.replace("News", "Old news")).digest
    suspend(applied.workspace, "relay", "Moving")
    assert applied.plan().digest == before


def test_the_journal_tells_both(applied: Project) -> None:
    suspend(applied.workspace, "relay", "Moving")
    resume(applied.workspace, "relay")
    assert applied.events()[-2:] == ["resource.suspended", "resource.resumed"]


class TestFreeze:
    def test_apply_exits_5_and_says_who_and_why(self, applied: Project) -> None:
        freeze_applies(applied.workspace, "Incident 31")
        with pytest.raises(StateFrozen) as caught:
            applied.apply(DESK)
        assert caught.value.exit_code == 5
        assert "octo stopped all applies at 2027-03-01 09:00 UTC: Incident 31" in caught.value.detail

    def test_thaw_lets_applies_go_on(self, applied: Project) -> None:
        freeze_applies(applied.workspace, "Incident 31")
        thaw_applies(applied.workspace)
        assert applied.apply(WHOLE.replace("News", "Old news")).committed
        with pytest.raises(NotFound):
            thaw_applies(applied.workspace)

    def test_plans_and_what_runs_go_on(self, applied: Project) -> None:
        freeze_applies(applied.workspace, "Incident 31")
        assert applied.plan().empty
        assert request_approval(applied.workspace, "run", "kim@example.com", "Lunch", {}).id

    def test_every_plan_shows_it(self, applied: Project) -> None:
        assert PLAN.write(applied.plan())["freeze"] is None
        freeze_applies(applied.workspace, "Incident 31")
        plan = applied.plan()
        assert PLAN.write(plan)["freeze"]["reason"] == "Incident 31"
        for shown in (write_plan_text(plan), write_plan_markdown(plan), write_plan_html(plan)):
            assert "pply would end with exit code 5" in shown
            assert " stopped all applies at 2027-03-01 09:00 UTC: Incident 31." in shown.replace("`octo`", "octo")
        assert "Applies are frozen: octo stopped" in write_plan_annotations(plan)

    def test_a_second_freeze_names_the_first(self, applied: Project) -> None:
        freeze_applies(applied.workspace, "Incident 31")
        with pytest.raises(StateFrozen, match="frozen"):
            freeze_applies(applied.workspace, "Another")


class TestStatus:
    def test_a_new_project_and_a_quiet_one_are_healthy(self, project: Project) -> None:
        assert show_status(project.workspace).healthy
        project.apply(WHOLE)
        status = show_status(project.workspace)
        assert status.healthy and describe_status(status).startswith("Healthy.")

    def troubles(self, project: Project) -> list[str]:
        status = show_status(project.workspace)
        assert status.healthy is (not status.troubles) and STATUS.write(status)["healthy"] is status.healthy
        assert all(trouble.hint for trouble in status.troubles)
        return [trouble.id for trouble in status.troubles]

    def test_mail_that_nobody_sends(self, applied: Project) -> None:
        queued(applied)
        assert self.troubles(applied) == []
        applied.clock.pass_(minutes=6)
        assert self.troubles(applied) == ["overdue-messages"]

    def test_mail_that_waits_for_a_suspended_server_is_not_overdue(self, applied: Project) -> None:
        queued(applied)
        suspend(applied.workspace, "relay", "Moving")
        applied.clock.pass_(days=1)
        assert self.troubles(applied) == ["server-suspended"] and show_status(applied.workspace).suspensions
        [trouble] = show_status(applied.workspace).troubles
        assert "suspended SmtpServer/relay" in trouble.text and "(Moving)" in trouble.text
        assert "EmailTask/" in trouble.text and "1 unfinished message" in trouble.text
        assert trouble.hint == "End it with: resume SmtpServer/relay"

    def test_a_suspended_server_is_told_while_something_needs_it(self, applied: Project) -> None:
        suspend(applied.workspace, "relay", "Moving", START + timedelta(hours=4))
        assert self.troubles(applied) == ["server-suspended"]
        applied.clock.pass_(hours=5)
        assert self.troubles(applied) == []

    def test_a_suspended_server_that_nothing_needs_is_healthy(self, project: Project) -> None:
        project.apply(SERVER)
        suspend(project.workspace, "relay", "Moving")
        assert self.troubles(project) == []

    def test_a_suspended_task_is_what_somebody_wanted(self, applied: Project) -> None:
        suspend(applied.workspace, "EmailTask/news", "Quiet week")
        assert self.troubles(applied) == []

    def test_a_server_that_cannot_be_used(self, applied: Project) -> None:
        queued(applied)
        run(applied)
        assert self.troubles(applied) == ["server-down"]

    def test_requests_that_nobody_moves(self, applied: Project) -> None:
        request_approval(applied.workspace, "run", "kim@example.com", "Lunch", {})
        applied.clock.pass_(days=8)
        assert "overdue-requests" in self.troubles(applied)

    def test_frozen_applies(self, applied: Project) -> None:
        freeze_applies(applied.workspace, "Incident 31")
        assert self.troubles(applied) == ["frozen"]

    def test_mail_that_failed_counts_for_a_day(self, applied: Project) -> None:
        queued(applied)
        applied.clock.pass_(days=6)
        assert run(applied) == {"failed": 1}
        assert self.troubles(applied) == ["failed"]
        applied.clock.pass_(days=2)
        assert self.troubles(applied) == []
