from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.approvals.request import Choice, RequestState
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import Action
from reconciler.model.configuration.plan import Plan
from reconciler.model.errors import InvalidManifests
from reconciler.model.journal import Entry
from reconciler.model.mail.message import Message
from reconciler.operations.approvals.decide import decide
from reconciler.operations.approvals.request_approval import request_approval
from reconciler.operations.configuration.explain_why import explain_why
from reconciler.operations.configuration.suspend import suspend
from reconciler.operations.mail.send_task import Sending, write_task
from reconciler.views.plan.json import PLAN
from tests.history.conftest import DESK, SERVER, START, TASK, WHOLE, Project, group
from tests.support.printed import write_plan_text

ALL = [
    ("SmtpServer", "relay", ()),
    ("Group", "desk", ("group: desk",)),
    ("ApprovalProcess", "manual", ("process: manual",)),
    ("ApprovalType", "run", ()),
    ("EmailTask", "news", ()),
]


def renamed(text: str, old: str, references: tuple[str, ...] = ()) -> str:
    """The manifests with one resource renamed, and what refers to it."""
    text = text.replace(f"name: {old}}}", f"name: {old}-2, renamedFrom: {old}}}")
    text = text.replace(f"name: {old},", f"name: {old}-2, renamedFrom: {old},")
    for reference in references:
        text = text.replace(reference, f"{reference}-2")
    return text


def queued(project: Project) -> Message:
    """A message of the task, waiting."""
    message = write_task(project.workspace, Sending("news"))
    project.workspace.state.outbox.add([message], Entry("task.sent", message.task, "test", START, {}))
    return message


@pytest.mark.parametrize(("kind", "old", "references"), ALL, ids=[kind for kind, *_ in ALL])
def test_every_kind_moves_and_then_nothing_is_left_to_do(
    project: Project, kind: str, old: str, references: tuple[str, ...]
) -> None:
    project.apply(WHOLE)
    plan = project.apply(renamed(WHOLE, old, references)).plan
    (move,) = [change for change in plan.changes if change.previous]
    assert (move.previous, move.address) == (Address(kind, old), Address(kind, f"{old}-2"))
    assert move.action is Action.NONE and plan.summary["move"] == 1
    assert plan.summary["create"] == plan.summary["delete"] == 0
    assert project.plan().empty
    assert Address(kind, old) not in project.workspace.state.snapshots.read().resources


def test_a_rename_with_a_change_is_an_update_of_the_changed_field_alone(project: Project) -> None:
    project.apply(DESK)
    plan = project.plan(group("office", "a@example.com", more=", renamedFrom: desk"))
    (change,) = plan.changes
    assert change.action is Action.UPDATE and [field.path for field in change.fields] == ["/spec/members"]
    assert change.reason == "renamed from desk; spec changed: members"


def test_an_old_name_nothing_is_stored_under_may_stay_for_ever(project: Project) -> None:
    text = group("office", more=", renamedFrom: desk")
    assert [change.action for change in project.apply(text).plan.changes] == [Action.CREATE]
    assert project.plan().empty


def test_an_open_request_goes_on_under_the_new_names(project: Project) -> None:
    project.apply(WHOLE)
    made = request_approval(project.workspace, "run", "kim@example.com", "Lunch", {})
    text = renamed(renamed(renamed(WHOLE, "run"), "manual", ("process: manual",)), "desk", ("group: desk",))
    project.apply(text)
    stored = project.workspace.state.requests.get(made.id)
    assert stored is not None and (stored.type, stored.process) == ("run-2", "manual-2")
    assert stored.revision > made.revision
    done = decide(project.workspace, made.id, Choice.APPROVE, "a@example.com")
    assert done.state is RequestState.APPROVED


def test_a_waiting_message_goes_on_under_the_new_names(project: Project) -> None:
    project.apply(WHOLE)
    message = queued(project)
    project.apply(renamed(renamed(WHOLE, "relay"), "news"))
    stored = project.workspace.state.outbox.get(message.id)
    assert stored is not None and (stored.server, stored.task) == ("relay-2", "EmailTask/news-2")
    assert stored.data == message.data


def test_a_message_written_under_the_old_names_is_stored_under_the_new(project: Project) -> None:
    project.apply(WHOLE)
    message = write_task(project.workspace, Sending("news"))
    project.apply(renamed(renamed(WHOLE, "relay"), "news"))
    project.workspace.state.outbox.add([message], Entry("task.sent", message.task, "test", START, {}))
    stored = project.workspace.state.outbox.get(message.id)
    assert stored is not None and (stored.server, stored.task) == ("relay-2", "EmailTask/news-2")


def test_a_suspension_goes_with_the_name(project: Project) -> None:
    project.apply(WHOLE)
    suspend(project.workspace, "relay", "Moving")
    project.apply(renamed(WHOLE, "relay"))
    assert [str(each.address) for each in project.workspace.state.suspensions.all()] == ["SmtpServer/relay-2"]


def test_the_digest_tells_a_move_from_a_delete_and_a_create(project: Project) -> None:
    project.apply(DESK)
    members = ("a@example.com", "b@example.com")
    moved = project.plan(group("office", *members, more=", renamedFrom: desk"))
    assert moved.digest != project.plan(group("office", *members)).digest


def test_text_and_json_name_the_old_address(project: Project) -> None:
    project.apply(DESK)
    plan = project.plan(group("office", "a@example.com", "b@example.com", more=", renamedFrom: desk"))
    assert "Plan: 1 to rename." in write_plan_text(plan) and "> Group/office: renamed from desk" in write_plan_text(
        plan
    )
    (change,) = PLAN.write(plan)["changes"]
    assert change["previousAddress"] == "Group/desk" and change["action"] == "none"
    assert PLAN.write(plan)["summary"]["move"] == 1


def test_impact_counts_what_is_renamed_once_and_by_its_new_name(project: Project) -> None:
    project.apply(WHOLE)
    made = request_approval(project.workspace, "run", "kim@example.com", "Lunch", {})
    text = renamed(renamed(renamed(WHOLE, "manual", ("process: manual",)), "news"), "desk", ("group: desk",))
    impact = project.plan(text).impact
    assert [str(each) for each in (*impact.tasks, *impact.processes)] == [
        "EmailTask/news-2",
        "ApprovalProcess/manual-2",
    ]
    assert impact.requests == (made.id,)


def test_a_rename_of_everything_with_changes_keeps_what_runs(project: Project) -> None:
    """One plan renames all there is, and changes some of it."""
    project.apply(WHOLE)
    made, message = request_approval(project.workspace, "run", "kim@example.com", "Lunch", {}), queued(project)
    suspend(project.workspace, "news", "Wrong words")
    text = WHOLE
    for _, old, references in ALL:
        text = renamed(text, old, references)
    plan = project.apply(text.replace("expireAfter: 3d", "expireAfter: 2d").replace("of today", "of tomorrow")).plan
    assert plan.summary == {"create": 0, "update": 3, "delete": 0, "move": 5, "unchanged": 0}
    stored, waiting = project.workspace.state.requests.get(made.id), project.workspace.state.outbox.get(message.id)
    assert stored is not None and (stored.type, stored.process) == ("run-2", "manual-2")
    assert waiting is not None and (waiting.server, waiting.task) == ("relay-2", "EmailTask/news-2")
    assert [str(each.address) for each in project.workspace.state.suspensions.all()] == ["EmailTask/news-2"]
    assert decide(project.workspace, made.id, Choice.APPROVE, "b@example.com").state is RequestState.APPROVED


def test_a_rollback_behind_a_rename_and_a_change_undoes_both_and_keeps_what_runs(project: Project) -> None:
    project.apply(WHOLE)
    first = project.workspace.state.snapshots.read().resources
    project.apply(renamed(WHOLE, "desk", ("group: desk",)).replace("b@example.com", "c@example.com"))
    made = request_approval(project.workspace, "run", "kim@example.com", "Lunch", {})
    project.apply(renamed(WHOLE, "desk", ("group: desk",)).replace("desk-2", "office").replace("b@example.com", "d@example.com")
                  .replace("renamedFrom: desk", "renamedFrom: desk-2"))  # fmt: skip
    plan = project.roll_back(1).plan
    assert [(str(c.previous), str(c.address)) for c in plan.changes if c.previous] == [("Group/office", "Group/desk")]
    assert {a: r.digest for a, r in project.workspace.state.snapshots.read().resources.items()} == {
        a: r.digest for a, r in first.items()
    }
    assert decide(project.workspace, made.id, Choice.APPROVE, "b@example.com").state is RequestState.APPROVED


def test_why_tells_the_serial_a_value_has_from_under_the_earlier_name(project: Project) -> None:
    project.apply(WHOLE)
    project.apply(renamed(WHOLE, "relay").replace("from: desk@", "from: post@"))
    why = explain_why(project.workspace, "relay-2")
    serials = {"/".join(map(str, each.path)): each.serial for each in why.values}
    assert serials["spec/from"] == 2 and serials["spec/uri"] == 1 and serials["spec/limits/connections"] == 1


class TestRefused:
    def test_two_resources_that_claim_one_old_name(self, project: Project) -> None:
        text = group("east", more=", renamedFrom: desk") + group("west", more=", renamedFrom: desk")
        assert faults(project, text) == ["Old name claimed twice"]

    def test_an_old_name_that_is_still_declared(self, project: Project) -> None:
        assert faults(project, DESK + group("office", more=", renamedFrom: desk")) == ["Old name claimed twice"]

    def test_a_resource_renamed_from_itself(self, project: Project) -> None:
        assert faults(project, group("desk", more=", renamedFrom: desk")) == ["Old name claimed twice"]

    def test_two_names_that_are_both_stored(self, project: Project) -> None:
        project.apply(DESK + group("office"))
        assert faults(project, group("office", more=", renamedFrom: desk")) == ["Both names are stored"]

    def test_a_reference_by_the_old_name(self, project: Project) -> None:
        project.apply(WHOLE)
        assert "Unknown reference" in faults(project, renamed(WHOLE, "desk"))

    def test_a_name_that_is_none(self, project: Project) -> None:
        assert faults(project, group("desk", more=", renamedFrom: Old_Name"))


def faults(project: Project, text: str) -> list[str]:
    with pytest.raises(InvalidManifests) as caught:
        project.plan(text)
    return [each.summary for each in caught.value.diagnostics if each.severity == "error"]


class TestLookalikes:
    def test_a_delete_and_a_create_that_say_the_same_print_the_line_to_paste(self, project: Project) -> None:
        project.apply(DESK + SERVER)
        assert hints(project.plan(group("office", "a@example.com", "b@example.com") + SERVER)) == ["renamedFrom: desk"]

    def test_so_do_two_that_say_nearly_the_same(self, project: Project) -> None:
        members = [f"{n}@example.com" for n in range(10)]
        project.apply(group("desk", *members))
        assert hints(project.plan(group("office", *members[1:]))) == ["renamedFrom: desk"]

    def test_two_that_have_little_in_common_do_not(self, project: Project) -> None:
        project.apply(DESK)
        assert hints(project.plan(group("office", "x@example.com"))) == []

    def test_two_of_different_kinds_do_not(self, project: Project) -> None:
        project.apply(SERVER + DESK + TASK)
        assert hints(project.plan(SERVER + DESK)) == []

    def test_each_resource_is_named_once(self, project: Project) -> None:
        project.apply(group("one") + group("two"))
        found = hints(project.plan(group("three") + group("four")))
        assert sorted(found) == ["renamedFrom: one", "renamedFrom: two"]

    def test_with_the_line_pasted_nothing_is_said(self, project: Project) -> None:
        project.apply(DESK)
        plan = project.plan(group("office", "a@example.com", "b@example.com", more=", renamedFrom: desk"))
        assert hints(plan) == []


def hints(plan: Plan) -> list[str]:
    return [each.hint.rpartition(": renamedFrom")[0] and "renamedFrom" + each.hint.rpartition("renamedFrom")[2]
            for each in plan.diagnostics if each.summary == "Looks like a rename"]  # fmt: skip


def test_a_message_being_sent_while_its_server_is_renamed_is_not_given_up(project: Project) -> None:
    from reconciler.kinds.reading.decode import world_of
    from reconciler.operations.mail.deliver import _Round

    project.apply(WHOLE)
    queued(project)
    state = project.workspace.state
    (claimed,) = state.deliveries.claim(START, token="t", until=START.replace(hour=10), limit=1)
    project.apply(renamed(WHOLE, "relay"))
    world = world_of(state.snapshots.read().resources.values(), project.workspace.registry)
    round_ = _Round(project.workspace, "t", lambda: False, print, until=START.replace(hour=10))
    assert round_._as_named(claimed, world).message.server == "relay-2"
    assert round_._as_named(replace(claimed, message=replace(claimed.message, server="relay-2")), world).message
