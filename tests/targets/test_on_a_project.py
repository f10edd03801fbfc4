"""Parts of a real project: planned, saved, applied, refused."""

from __future__ import annotations

import pytest

from reconciler.model.configuration.change import Action
from reconciler.model.configuration.guard import Allowance, GuardId
from reconciler.model.errors import Blocked, InvalidManifests, Refused, Stale
from reconciler.operations.configuration.target_changes import TargetMissed
from tests.support.manifests import document
from tests.targets.conftest import Project


def test_a_part_of_nothing_brings_what_it_needs_and_the_server_it_does_not_name(empty: Project) -> None:
    empty.apply("EmailTask/notice")
    assert empty.stored() == {"SmtpServer/relay", "Group/staff", "EmailTask/notice"}
    empty.apply()
    assert empty.plan().empty


def test_what_is_left_out_touches_neither_control_nor_mail_nor_impact(project: Project) -> None:
    project.spec("Group/ops")["members"] = ["rosa@example.com", "zoe@example.org"]
    project.spec("EmailTask/notice")["subject"] = "Quiet"
    assert project.plan().blocked
    plan = project.plan("EmailTask/notice")
    assert (plan.control, plan.guards, plan.left_out) == ((), (), 1)
    assert [(str(c.address), [m.subject for m in c.messages]) for c in plan.changes] == [
        ("EmailTask/notice", ["Quiet"])
    ]
    assert [str(each) for each in plan.impact.tasks] == ["EmailTask/notice"]


def test_an_expected_digest_goes_with_its_targets_alone(project: Project) -> None:
    project.spec("EmailTask/notice")["subject"] = "Quiet"
    digest = project.plan("EmailTask/notice").digest
    for words in ((), ("EmailTask/*",)):
        with pytest.raises(Stale):
            project.apply(*words, expected=digest)
    assert project.apply("EmailTask/notice", expected=digest).committed


def test_a_saved_plan_keeps_its_targets(project: Project) -> None:
    project.spec("EmailTask/notice")["subject"] = "Quiet"
    project.spec("Group/ops")["members"] = ["rosa@example.com"]
    plan = project.save("EmailTask/notice")
    project.documents = {}
    applied = project.apply_saved()
    assert (applied.plan.digest, applied.plan.left_out) == (plan.digest, 1)
    assert [str(each.address) for each in applied.plan.changes] == ["EmailTask/notice"]


def test_a_saved_plan_whose_target_is_gone_is_stale(project: Project) -> None:
    del project.documents["EmailTask/notice"]
    project.save("EmailTask/notice")
    project.apply("EmailTask/notice")
    with pytest.raises(Stale, match="stale"):
        project.apply_saved()


def test_the_journal_says_what_was_asked_for(project: Project) -> None:
    project.spec("EmailTask/notice")["subject"] = "Quiet"
    project.apply("EmailTask/notice")
    last = project.workspace.state.journal.last("config.applied")
    assert last is not None
    assert last.entry.data["targets"] == ["EmailTask/notice"]


def test_what_a_deletion_would_strand_is_named(project: Project) -> None:
    del project.documents["Group/staff"]
    project.spec("EmailTask/notice")["to"] = ["ann@example.com"]
    with pytest.raises(Refused) as refusal:
        project.plan("Group/staff")
    assert refusal.value.detail == (
        "EmailTask/notice, which no target hits, still names Group/staff, which would be gone."
    )
    assert "add target EmailTask/notice, or leave Group/staff out" in refusal.value.hint
    plan = project.plan("Group/staff", "EmailTask/notice")
    assert [str(each.action) for each in plan.changes] == ["update", "delete"]


def test_a_server_nobody_names_is_not_taken_from_those_it_carries(project: Project) -> None:
    project.documents["SmtpServer/other"] = document(
        "SmtpServer", "other", {"uri": "smtp://localhost:26", "from": "desk@example.com"}
    )
    for address in ("EmailTask/notice", "ApprovalProcess/manual", "EmailTask/ask"):
        project.spec(address)["smtpServer"] = "other"
    with pytest.raises(InvalidManifests) as refusal:
        project.plan("SmtpServer/other")
    first = refusal.value.diagnostics[0]
    assert first.summary == "No mail server chosen"
    assert "after this plan, which leaves out what no target hits" in first.detail
    assert "Add a target" in first.hint
    project.plan("SmtpServer/other", "EmailTask/*", "ApprovalProcess/manual")


def test_mail_that_stays_must_still_render_with_what_changes(project: Project) -> None:
    project.spec("ApprovalType/door")["fields"] = {"gate": {"required": True, "example": "4"}}
    project.spec("EmailTask/ask")["subject"] = "Gate {{ fields.gate }}"
    with pytest.raises(InvalidManifests) as refusal:
        project.plan("EmailTask/ask")
    found = [each for each in refusal.value.diagnostics if str(each.address) == "EmailTask/ask"]
    assert found
    assert "gate" in found[0].detail
    assert not project.plan("EmailTask/ask", "ApprovalType/door").empty


def test_percentages_count_all_that_is_stored(project: Project) -> None:
    for name in range(6):
        project.documents[f"Group/g{name}"] = document("Group", f"g{name}", {"members": ["ann@example.com"]})
    project.apply()
    for name in range(6):
        del project.documents[f"Group/g{name}"]
    assert not project.plan("Group/g[0-2]").blocked, "3 of 13 are less than 30 %"
    (guard,) = project.plan("Group/g[0-4]").guards
    assert (guard.id, guard.numbers["deleted"], guard.numbers["stored"]) == (GuardId.DELETIONS, 5, 13)


def test_destroy_deletes_what_is_hit_alone(project: Project) -> None:
    with pytest.raises(Refused, match="stranded"):
        project.destroy("Group/ops")
    applied = project.destroy("EmailTask/notice", "Group/staff")
    assert applied.plan.count(Action.DELETE) == 2
    assert project.stored() & {"EmailTask/notice", "Group/staff"} == set()
    assert "Group/ops" in project.stored()
    with pytest.raises(Blocked):
        project.destroy("*")
    assert project.destroy("*", allowed=(Allowance(GuardId.DELETIONS),)).committed
    assert project.stored() == set()


def test_all_that_miss_are_told_at_once(project: Project) -> None:
    with pytest.raises(TargetMissed) as refusal:
        project.plan("EmailTask/notise", "Group/ops", "owner=desk")
    assert refusal.value.detail.splitlines() == [
        "target EmailTask/notise hits nothing, in the manifests or in what was applied. "
        'Did you mean "EmailTask/notice"?',
        "target owner=desk hits nothing, in the manifests or in what was applied. There is owner=default.",
    ]


def test_targets_are_shown_sorted_and_each_once(project: Project) -> None:
    project.documents["Group/ops"]["metadata"]["labels"] = {"team": "mail"}
    plan = project.plan("label=team=mail", "EmailTask/*", "label=team=mail")
    assert plan.targets == ("EmailTask/*", "label=team=mail")
