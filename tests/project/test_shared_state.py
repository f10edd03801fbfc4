"""Two projects with owners of their own in one state: each changes what is its own, and mail obeys both."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.model.configuration.guard import Allowance, GuardId
from reconciler.model.configuration.selector import SelectBy, Selector
from reconciler.model.errors import Blocked, InvalidManifests, Refused
from reconciler.model.mail.message import MessageState
from reconciler.operations.configuration.apply_changes import ApplyOptions
from reconciler.operations.configuration.explain_why import explain_why
from reconciler.operations.configuration.plan_changes import plan_changes
from reconciler.operations.configuration.rollback import destroy, roll_back
from reconciler.operations.configuration.saved_plan import apply_file, plan_to_file
from reconciler.operations.configuration.target_changes import TargetMissed
from reconciler.operations.mail.deliver import run_due
from reconciler.operations.mail.send_task import Sending, send_task, write_task
from reconciler.testkit.capture import CaptureServer
from tests.project.conftest import NEWS, RELAY, Project

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")

DESK = "apiVersion: reconciler/v1\nkind: Group\nmetadata: {name: desk}\nspec: {members: [rosa@example.com, tariq@example.com]}\n"
APPROVAL = """\
apiVersion: reconciler/v1
kind: ApprovalProcess
metadata: {name: manual}
spec: {stages: [{approvers: [{group: desk}], quorum: 2}]}
---
apiVersion: reconciler/v1
kind: ApprovalType
metadata: {name: run}
spec: {process: manual}
"""


def group(name: str, member: str) -> str:
    return f"apiVersion: reconciler/v1\nkind: Group\nmetadata: {{name: {name}}}\nspec: {{members: [{member}]}}\n"


@pytest.fixture
def house(project: Project) -> Project:
    """Has the server, a group and a task."""
    project.write(manifests__desk=DESK)
    project.says("{owner: house}")
    project.apply()
    return project


@pytest.fixture
def team(house: Project) -> Project:
    """Uses the server and the group of the house; nothing of it is applied yet."""
    made = Project(house.folder / "team")
    more = NEWS.replace("name: news", "name: more").replace("spec:", "spec:\n  smtpServer: relay")
    made.write(manifests__more=more, manifests__approval=APPROVAL)
    team_says(made, "owner: team")
    return made


def team_says(team: Project, keys: str) -> None:
    team.says(f"{{{keys}, state: 'sqlite:{team.folder.parent}/.reconciler/state.db'}}")
    file = team.folder / "reconciler.yaml"
    file.write_text(file.read_text().replace("name: mail, title: Mail of ours", "name: crew, title: Crew"))


def options(*allowed: GuardId) -> ApplyOptions:
    wanted = tuple(map(Allowance, (GuardId.WEAKENING, *allowed)))
    return ApplyOptions(confirm=lambda _: True, notice=lambda _: None, allowed=wanted)


def stored(project: Project) -> dict[str, str]:
    resources = project.open().state.snapshots.read().resources
    return {str(address): record.digest for address, record in sorted(resources.items())}


class TestWhatIsWhose:
    def test_both_plans_are_empty_after_both_applies(self, house: Project, team: Project) -> None:
        team.apply()
        assert house.plan().empty and team.plan().empty

    def test_a_saved_plan_knows_what_others_have(self, team: Project, tmp_path: Path) -> None:
        plan = plan_to_file(team.open(), tmp_path / "plan")
        assert plan.digest == team.plan().digest and not plan.blocked
        assert apply_file(team.open(), tmp_path / "plan", options()).committed
        assert team.plan().empty

    def test_a_rollback_takes_back_what_is_ones_own_alone(self, house: Project, team: Project) -> None:
        team.apply()
        serial = 2
        house.write(manifests__desk=DESK.replace("tariq", "uma"))
        house.apply()
        team.write(
            manifests__more=(team.folder / "manifests" / "more.yaml").read_text().replace("All is", "Nothing is")
        )
        team.apply()
        before = stored(team)
        done = roll_back(team.open(), serial, options()).plan
        assert [str(change.address) for change in done.changes] == ["EmailTask/more"]
        assert {each for each in before if stored(team)[each] != before[each]} == {"EmailTask/more"}
        assert stored(team)["Group/desk"] == before["Group/desk"]

    def test_a_rollback_behind_the_first_apply_of_another_leaves_theirs(self, house: Project, team: Project) -> None:
        team.apply()
        house.write(manifests__desk=DESK.replace("tariq", "uma"))
        house.apply()
        roll_back(house.open(), 1, options())
        assert team.plan().empty and "EmailTask/more" in stored(team)

    def test_what_others_refer_to_cannot_be_destroyed(self, house: Project, team: Project) -> None:
        team.apply()
        before = stored(house)
        with pytest.raises(InvalidManifests) as refused:
            destroy(house.open(), options(GuardId.DELETIONS))
        assert "Unknown reference" in {each.summary for each in refused.value.diagnostics}
        assert stored(house) == before

    def test_what_others_do_not_refer_to_is_destroyed_without_theirs(self, house: Project, team: Project) -> None:
        team.apply()
        destroy(team.open(), options(GuardId.DELETIONS))
        assert house.plan().empty and set(stored(house)) == {
            *("EmailTask/news", "Group/desk", "Project/mail", "SmtpServer/relay"),
        }

    def test_why_says_whose_it_is_and_no_deletion(self, house: Project, team: Project) -> None:
        assert explain_why(team.open(), "SmtpServer/relay").note == (
            "It belongs to owner house, not to these manifests: their applies do not change it."
        )
        assert explain_why(team.open(), "EmailTask/more").note == ""


class TestRenames:
    def test_a_rename_to_another_owner_is_a_take_over_that_is_shown(self, project: Project) -> None:
        project.says("{owners: [{name: night, prefix: night-}]}")
        project.write(manifests__desk=DESK)
        project.apply()
        project.write(manifests__desk=DESK.replace("name: desk", "name: night-desk, renamedFrom: desk"))
        plan = project.plan()
        (change,) = plan.changes
        assert change.reason == "renamed from desk; owner changed: default to night"
        assert [f"{guard.id}={guard.address}" for guard in plan.guards] == ["ownership=Group/night-desk"]

    def test_what_another_project_has_cannot_be_renamed(self, house: Project, team: Project) -> None:
        team.apply()
        team.write(manifests__desk=DESK.replace("name: desk", "name: crew, renamedFrom: desk"))
        team.write(manifests__approval=APPROVAL.replace("group: desk", "group: crew"))
        with pytest.raises(InvalidManifests) as refused:
            team.plan()
        assert "Old name claimed twice" in {each.summary for each in refused.value.diagnostics}


class TestTwoSettings:
    def test_mail_shows_the_title_of_the_project_that_sends_it(self, house: Project, team: Project) -> None:
        team.apply()
        assert write_task(house.open(), Sending("news")).subject.rstrip() == "News of Mail of ours in"
        assert write_task(team.open(), Sending("more")).subject.rstrip() == "News of Crew in"

    @pytest.mark.parametrize("keys", ["owner: team, mail: {deliver: hold}", "owner: team, onAmbiguous: hold"])
    def test_settings_of_one_change_no_plan_of_the_other(self, house: Project, team: Project, keys: str) -> None:
        team_says(team, keys)
        team.apply()
        assert house.plan().empty

    def test_mail_that_one_project_holds_is_not_let_go_by_the_other(self, house: Project, team: Project) -> None:
        with CaptureServer() as server:
            house.write(manifests__relay=RELAY.replace("smtp://127.0.0.1:2525", server.uri))
            house.apply()
            team_says(team, "owner: team, mail: {deliver: hold}")
            team.apply()
            assert send_task(team.open(), Sending("more"), print).state is MessageState.QUEUED
            run_due(house.open(), notice=print)
            assert list(server.mails) == []
            team_says(team, "owner: team")
            team.apply()
            run_due(house.open(), notice=print)
            assert len(list(server.mails)) == 1

    def test_the_strictest_stored_guard_counts(self, house: Project, team: Project) -> None:
        house.says("{owner: house, guards: {deletions: 0}}")
        house.apply()
        team_says(team, "owner: team, guards: {deletions: 900, deletionsPercent: 100}")
        team.apply()
        (team.folder / "manifests" / "more.yaml").unlink()
        assert [str(guard.id) for guard in team.plan().guards] == ["deletions"]

    def test_another_environment_of_either_is_refused(self, house: Project, team: Project) -> None:
        house.says("{owner: house, environments: {production: {mail: {deliver: all}}}}")
        house.apply("production")
        team_says(team, "owner: team, environments: {staging: {mail: {deliver: hold}}}")
        with pytest.raises(Refused, match="another environment"):
            team.plan("staging")


def test_one_owner_under_two_names_would_delete_what_the_other_has_and_is_blocked(
    house: Project, team: Project
) -> None:
    team_says(team, "owner: house")
    team.write(manifests__relay=RELAY, manifests__desk=DESK)
    (guard,) = [each for each in team.plan().guards if each.blocks]
    assert guard.id is GuardId.DELETIONS and "EmailTask/news" in guard.message
    with pytest.raises(Blocked):
        team.apply()


def test_targets_reach_what_is_own_and_nothing_else(team: Project) -> None:
    team.apply()
    file = team.folder / "manifests" / "more.yaml"
    file.write_text(file.read_text().replace("All is well.", "All is quiet."))
    mine, theirs = Selector(SelectBy.GLOB, "EmailTask/*"), Selector(SelectBy.ADDRESS, "Group/desk")
    plan = plan_changes(team.open(), targets=(mine,))
    assert [(str(each.address), each.owner) for each in plan.changes] == [("EmailTask/more", "team")]
    with pytest.raises(TargetMissed, match="hits nothing") as missed:
        plan_changes(team.open(), targets=(mine, theirs))
    assert "It means what owner house has" in missed.value.detail


def test_a_part_of_a_change_is_planned_beside_another_project(house: Project, team: Project) -> None:
    team.write(manifests__group=group("night", "ann@example.com"))
    team.apply()
    team.write(manifests__group=group("night", "ben@example.com"), manifests__late=group("late", "ann@example.com"))
    plan = plan_changes(team.open(), targets=(Selector(SelectBy.ADDRESS, "Group/night"),))
    assert ([str(each.address) for each in plan.changes], plan.left_out) == (["Group/night"], 1)
    options = ApplyOptions(confirm=lambda _: True, notice=house.heard.append)
    applied = destroy(team.open(), options, (Selector(SelectBy.ADDRESS, "Group/night"),))
    assert [str(each.address) for each in applied.plan.changes] == ["Group/night"]


def test_what_another_project_still_names_is_not_taken_from_it_by_a_target(house: Project, team: Project) -> None:
    team.apply()
    options = ApplyOptions(confirm=lambda _: True, notice=house.heard.append)
    with pytest.raises(Refused, match="stranded") as refusal:
        destroy(house.open(), options, (Selector(SelectBy.ADDRESS, "Group/desk"),))
    assert (
        refusal.value.detail
        == "ApprovalProcess/manual, which no target hits, still names Group/desk, which would be gone."
    )
    assert refusal.value.hint == "Nothing was changed. To go on, leave Group/desk out."


@pytest.mark.parametrize(("renamed", "tripped"), [("", ["deletions"]), (", renamedFrom: mail", [])])
def test_manifests_of_another_project_delete_nothing_by_mistake(
    project: Project, renamed: str, tripped: list[str]
) -> None:
    """Few deletions among many resources trip nothing by their number."""
    project.write(**{f"manifests__g{number}": group(f"g{number}", "a@example.com") for number in range(9)})
    project.says("{timezone: UTC}")
    project.apply()
    (project.folder / "manifests" / "g3.yaml").unlink()
    text = (project.folder / "reconciler.yaml").read_text()
    (project.folder / "reconciler.yaml").write_text(text.replace("name: mail", f"name: other{renamed}"))
    plan = project.plan()
    assert [str(guard.id) for guard in plan.guards if guard.blocks] == tripped
    for guard in plan.guards:
        assert "the state is of Project/mail" in guard.message and "two projects want a state each" in guard.message
