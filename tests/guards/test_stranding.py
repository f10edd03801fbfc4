"""A change of a group that leaves an open request with too few people to approve it blocks until a person allows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from reconciler.model.approvals.request import Choice, Request, RequestState
from reconciler.model.configuration.guard import Guard
from reconciler.model.configuration.snapshot import Commit, Committed
from reconciler.model.errors import Blocked, Conflict, Refused
from reconciler.operations.approvals.decide import decide
from reconciler.operations.approvals.request_approval import request_approval
from reconciler.operations.configuration.apply_changes import Applied, ApplyOptions, apply_changes
from reconciler.operations.configuration.plan_changes import plan_changes
from tests.guards.planned import allow
from tests.history.conftest import EVERYTHING, SERVER, Project, group

A, B, C, D = (f"{name}@example.com" for name in "abcd")


def manifests(*members: str, quorum: int | str = 2, approvers: str = "{group: desk}", more: str = "") -> str:
    process = (
        "apiVersion: reconciler/v1\nkind: ApprovalProcess\nmetadata: {name: manual}\n"
        f"spec: {{stages: [{{approvers: [{approvers}], quorum: {quorum}}}]}}\n---\n"
        "apiVersion: reconciler/v1\nkind: ApprovalType\nmetadata: {name: run}\nspec: {process: manual}\n---\n"
    )
    return SERVER + process + group("desk", *members, more=more)


def asked(project: Project, text: str, requester: str = "kim@example.org") -> Request:
    project.apply(text)
    return request_approval(project.workspace, "run", requester, "Lunch", {})


def stranding(project: Project, text: str) -> Sequence[Guard]:
    return [guard for guard in project.plan(text).guards if guard.id == "in-flight"]


def apply(project: Project, *allowed: str) -> Applied:
    wanted = (*EVERYTHING, *(allow(*each.split("=")) for each in allowed))
    return apply_changes(
        project.workspace, ApplyOptions(confirm=lambda _: True, notice=project.heard.append, allowed=wanted)
    )


# Kept inline approvers, so that the manifests stay satisfiable while the pinned group loses people.
LESS = {"quorum": 1}


def test_the_guard_names_group_request_numbers_and_what_allows_it(project: Project) -> None:
    request = asked(project, manifests(A, B))
    (guard,) = stranding(project, manifests(A, **LESS))
    assert (str(guard.address), guard.blocks, guard.allowable, guard.numbers) == (
        "Group/desk",
        True,
        True,
        {"requests": 1},
    )
    assert (
        f"1 open request cannot do without; too few could still approve: {request.id} (1 of 2 needed)." in guard.message
    )
    assert "list the requests" in guard.message and "allow in-flight=Group/desk" in guard.message


@pytest.mark.parametrize(
    ("before", "after", "quorum", "requester"),
    [
        ((A, B, C), (A, B), 2, "kim@example.org"),
        ((A, B), (A, C), 2, "kim@example.org"),
        ((A, B, C), (A,), "all", "kim@example.org"),
        ((A, B), (A, B, C), 2, "kim@example.org"),
        ((A, B, C), (A, C), 1, C),
    ],
)
def test_a_request_that_can_still_be_approved_blocks_nothing(
    project: Project, before: tuple[str, ...], after: tuple[str, ...], quorum: int | str, requester: str
) -> None:
    asked(project, manifests(*before, quorum=quorum), requester)
    assert stranding(project, manifests(*after, **LESS)) == []


@pytest.mark.parametrize(
    ("before", "after", "quorum", "requester"),
    [((A, B, C), (A, C), 2, C), ((A, C), (C,), 1, C), ((A, B), (C, "b+x@example.com"), 2, "c@example.com")],
)
def test_requesters_cannot_decide_their_own_and_people_count_once(
    project: Project, before: tuple[str, ...], after: tuple[str, ...], quorum: int, requester: str
) -> None:
    asked(project, manifests(*before, quorum=quorum), requester)
    assert len(stranding(project, manifests(*after, **LESS))) == 1


def test_an_approval_that_was_given_stays_given(project: Project) -> None:
    request = asked(project, manifests(A, B))
    decide(project.workspace, request.id, Choice.APPROVE, A)
    assert stranding(project, manifests(B, **LESS)) == []
    (guard,) = stranding(project, manifests(A, **LESS))
    assert "(1 of 2 needed)" in guard.message


def test_people_named_by_the_request_itself_are_not_taken_away_by_another_process(project: Project) -> None:
    asked(project, manifests(A, approvers=f"{{group: desk}}, {B}"))
    assert stranding(project, manifests(A, approvers=C, **LESS)) == []


def test_a_nested_group_strands_as_well(project: Project) -> None:
    asked(project, manifests("{group: night}", A) + group("night", B))
    guards = stranding(project, manifests("{group: night}", A, **LESS) + group("night", A))
    assert [str(each.address) for each in guards] == ["Group/desk", "Group/night"][-len(guards) :]
    assert str(guards[-1].address) == "Group/night"


def test_a_group_the_request_does_not_go_through_is_not_named(project: Project) -> None:
    asked(project, manifests(A, B) + group("lunch", A, B))
    guards = stranding(project, manifests(A, **LESS) + group("lunch", A))
    assert [str(each.address) for each in guards] == ["Group/desk"]


def test_a_renamed_group_that_keeps_its_people_strands_nobody(project: Project) -> None:
    asked(project, manifests(A, B))
    text = (
        manifests(A, B, more=", renamedFrom: desk")
        .replace("name: desk,", "name: office,")
        .replace("p: desk", "p: office")
    )
    assert stranding(project, text) == []
    (guard,) = stranding(project, text.replace(f"{A}, {B}", A).replace("quorum: 2", "quorum: 1"))
    assert str(guard.address) == "Group/office"


def test_many_requests_are_counted_and_three_named(project: Project) -> None:
    project.apply(manifests(A, B))
    ids = [request_approval(project.workspace, "run", "kim@example.org", "Lunch", {}).id for _ in range(5)]
    (guard,) = stranding(project, manifests(A, **LESS))
    assert guard.numbers == {"requests": 5} and "5 open requests" in guard.message and " and 2 more." in guard.message
    assert sum(f"{id} (" in guard.message for id in ids) == 3


def test_apply_stops_with_4_until_it_is_allowed_and_then_the_request_waits(project: Project) -> None:
    request = asked(project, manifests(A, B))
    project.write(manifests(A, **LESS))
    with pytest.raises(Blocked, match="in-flight=Group/desk") as blocked:
        apply(project)
    assert blocked.value.exit_code == 4
    assert apply(project, "in-flight=Group/desk").committed
    stored = project.workspace.state.requests.get(request.id)
    assert stored is not None and stored.state is RequestState.PENDING


def test_an_entry_allows_it_too(project: Project) -> None:
    asked(project, manifests(A, B))
    (project.workspace.folder / "acknowledgements.yaml").write_text(
        "- {guard: in-flight, address: Group/desk, reason: b has left, until: 2999-01-31}\n"
    )
    assert not stranding(project, manifests(A, **LESS))[0].blocks
    assert project.apply().committed


def test_a_request_that_is_stranded_already_blocks_nothing_more(project: Project) -> None:
    asked(project, manifests(A, B))
    project.write(manifests(A, **LESS))
    apply(project, "in-flight")
    assert stranding(project, manifests(C, **LESS)) == []


class TestDeletion:
    def test_a_group_an_open_request_names_cannot_be_deleted_whatever_is_allowed(self, project: Project) -> None:
        request = asked(project, manifests(A, B))
        gone = manifests(A, approvers=f"{A}, {B}").replace(group("desk", A), "")
        (guard,) = stranding(project, gone)
        assert (str(guard.address), guard.allowable) == ("Group/desk", False) and request.id in guard.message
        with pytest.raises(Blocked):
            apply(project, "in-flight")

    def test_without_a_plan_the_commit_refuses_it_all_the_same(self, project: Project) -> None:
        project.apply(manifests(A, B))
        project.write(manifests(A, approvers=f"{A}, {B}").replace(group("desk", A), ""))
        with pytest.raises(Refused, match="Group/desk cannot be deleted yet"):
            self.apply_while_somebody_asks(project)

    def test_a_request_made_between_plan_and_commit_was_not_judged(self, project: Project) -> None:
        project.apply(manifests(A, B))
        project.write(manifests(A, **LESS))
        with pytest.raises(Conflict, match="A request was made meanwhile"):
            self.apply_while_somebody_asks(project)
        assert project.workspace.state.snapshots.read().serial == 1
        (guard,) = stranding(project, manifests(A, **LESS))
        assert guard.blocks

    def test_a_change_of_anything_else_does_not_mind_new_requests(self, project: Project) -> None:
        project.apply(manifests(A, B))
        project.write(manifests(A, B).replace("desk@example.com", "post@example.com"))
        assert self.apply_while_somebody_asks(project).committed

    def apply_while_somebody_asks(self, project: Project) -> Applied:
        commit = project.workspace.state.snapshots.commit

        def asked_meanwhile(prepared: Commit) -> Committed:
            request_approval(project.workspace, "run", "kim@example.org", "Lunch", {})
            return commit(prepared)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(project.workspace.state.snapshots, "commit", asked_meanwhile)
            return apply(project)


def test_planning_judges_every_open_request_where_groups_change_and_none_elsewhere(project: Project) -> None:
    request = asked(project, manifests(A, B))
    plan = plan_changes(replace(project.workspace))
    assert plan.judged is None
    assert project.plan(manifests(A, B, C)).judged == {request.id}
