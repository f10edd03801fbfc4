"""plan and apply: what is wanted becomes stored in one commit, or nothing does."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import Action
from reconciler.model.configuration.plan import Plan
from reconciler.model.configuration.snapshot import Commit, Committed
from reconciler.model.errors import Blocked, Conflict, InvalidManifests, Refused, Stale, UserError
from reconciler.operations.approvals.decide import cancel_request
from reconciler.operations.approvals.request_approval import request_approval
from reconciler.operations.configuration import apply_changes as module
from reconciler.operations.configuration.apply_changes import ApplyOptions, apply_changes
from tests.operations.conftest import APPROVAL, SERVER, SMALL, TASK, WHOLE, Project

GROUP = """
apiVersion: reconciler/v1
kind: Group
metadata: {name: all}
spec: {members: [a@example.com]}
"""


def test_the_second_plan_is_empty(project: Project) -> None:
    first = project.apply(WHOLE)
    assert (first.committed, first.serial) == (True, 1)
    assert project.plan().empty
    second = project.apply()
    assert (second.committed, second.serial, second.head) == (False, 1, first.head)
    assert project.events() == ["config.applied"]


def test_the_order_of_documents_and_of_keys_does_not_matter(project: Project) -> None:
    project.apply(WHOLE)
    turned = "---".join(reversed(WHOLE.split("---"))).replace(
        'spec: {uri: "smtp://127.0.0.1:2525", from: desk@example.com}',
        'spec: {from: desk@example.com, uri: "smtp://127.0.0.1:2525"}',
    )
    project.write(turned)
    assert project.plan().empty


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    members=st.lists(st.sampled_from([f"{name}@example.com" for name in "abcdef"]), min_size=1, unique=True),
    subject=st.text(st.characters(categories=("L", "N", "P", "Zs", "So")), min_size=1, max_size=40),
)
def test_whatever_is_applied_plans_to_nothing(project: Project, members: list[str], subject: str) -> None:
    escaped = subject.replace("'", "''").replace("{", "(")
    group = f"apiVersion: reconciler/v1\nkind: Group\nmetadata: {{name: all}}\nspec: {{members: {members}}}\n"
    project.apply(f"{SERVER}---{TASK.replace('News of today', repr('x')[1:-1])}---\n{group}---\n"
                  f"apiVersion: reconciler/v1\nkind: EmailTask\nmetadata: {{name: more}}\n"
                  f"spec: {{to: [{{group: all}}], subject: '{escaped}', body: 'x'}}\n")  # fmt: skip
    assert project.plan().empty


def test_a_plan_is_the_same_bytes_for_the_same_input(project: Project) -> None:
    project.write(WHOLE)
    assert project.plan() == project.plan()


def test_nothing_is_stored_that_was_not_confirmed(project: Project, tmp_path: Path) -> None:
    project.write(SMALL)
    shown: list[Plan] = []
    applied = apply_changes(
        project.workspace, ApplyOptions(confirm=lambda plan: bool(shown.append(plan)), notice=project.heard.append)
    )
    assert (applied.committed, applied.serial, applied.head) == (False, 0, "")
    assert [plan.count(Action.CREATE) for plan in shown] == [2]
    assert not (tmp_path / ".reconciler").exists()


def test_an_error_in_a_manifest_stores_nothing(project: Project, tmp_path: Path) -> None:
    with pytest.raises(InvalidManifests):
        project.apply(SMALL + "---\nkind: Gruop\n")
    assert not (tmp_path / ".reconciler").exists()


def test_an_unreadable_manifest_deletes_nothing(applied: Project) -> None:
    with pytest.raises(InvalidManifests):
        applied.apply("kind: [")
    assert len(applied.workspace.state.snapshots.read().resources) == 2


def test_no_manifest_at_all_is_an_error(applied: Project) -> None:
    (applied.workspace.manifests / "all.yaml").unlink()
    with pytest.raises(UserError):
        applied.apply()


def test_what_no_manifest_names_is_deleted_with_the_rest_in_one_commit(applied: Project) -> None:
    result = applied.apply(SERVER)
    assert (result.serial, result.plan.count(Action.DELETE)) == (2, 1)
    assert [str(address) for address in applied.workspace.state.snapshots.read().resources] == ["SmtpServer/relay"]


def test_the_journal_says_who_applied_what(applied: Project) -> None:
    [entry] = applied.workspace.state.journal.entries()
    assert (entry.entry.actor, entry.entry.data["operator"], entry.entry.subject) == ("ci", "sam@build-7", "serial 1")
    assert {change["address"]: change["action"] for change in entry.entry.data["changes"]} == {
        "EmailTask/news": "create",
        "SmtpServer/relay": "create",
    }


def test_a_template_is_stored_with_what_uses_it(project: Project) -> None:
    project.apply(f"{SERVER}---{TASK.replace('body: ', 'body: {text: news.txt} #')}", news_txt="Old words.")
    record = project.workspace.state.snapshots.read().resources[Address("EmailTask", "news")]
    stored = project.workspace.state.snapshots.blobs(record.templates.values())
    assert [text.decode() for text in stored.values()] == ["Old words."]
    (project.workspace.folder / "templates" / "news.txt").write_text("New words.")
    assert [change.address.name for change in project.plan().changes] == ["news"]
    project.send()
    assert b"Old words." in project.workspace.state.outbox.find()[0].data


class TestWhatIsStillNeeded:
    @pytest.fixture
    def asked(self, project: Project) -> tuple[Project, str]:
        project.apply(WHOLE)
        return project, request_approval(project.workspace, "run", "kim@example.org", "x", {}).id

    def test_plan_says_that_its_deletion_is_blocked(self, asked: tuple[Project, str]) -> None:
        project, request = asked
        project.write(SMALL)
        plan = project.plan()
        assert plan.blocked
        assert {str(guard.address) for guard in plan.guards if guard.id == "in-flight"} >= {"ApprovalProcess/manual"}
        assert all(
            request in guard.message for guard in plan.guards if guard.address and guard.address.name == "manual"
        )

    def test_apply_refuses_its_deletion_whole(self, asked: tuple[Project, str]) -> None:
        project, _ = asked
        with pytest.raises(Blocked, match="in-flight=ApprovalProcess/manual") as refusal:
            project.apply(SMALL.replace("News of today", "News of tomorrow"))
        assert "list the requests" in refusal.value.detail
        assert project.workspace.state.snapshots.read().serial == 1

    def test_the_commit_refuses_too_when_it_is_asked_for_while_the_plan_is_read(self, applied: Project) -> None:
        applied.apply(WHOLE)
        applied.write(SMALL)
        commit = applied.workspace.state.snapshots.commit

        def asked_meanwhile(prepared: Commit) -> Committed:
            request_approval(applied.workspace, "run", "kim@example.org", "x", {})
            return commit(prepared)

        with pytest.MonkeyPatch.context() as patch, pytest.raises(Refused, match="cannot be deleted yet"):
            patch.setattr(applied.workspace.state.snapshots, "commit", asked_meanwhile)
            applied.apply()
        assert applied.workspace.state.snapshots.read().serial == 2

    def test_a_server_with_waiting_mail_stays(self, applied: Project) -> None:
        applied.store()
        with pytest.raises(Blocked, match="in-flight=SmtpServer/relay"):
            applied.apply(
                TASK.replace("  subject:", "  smtpServer: other\n  subject:") + "---" + SERVER.replace("relay", "other")
            )

    def test_it_goes_when_it_is_needed_no_more(self, asked: tuple[Project, str]) -> None:
        project, request = asked
        cancel_request(project.workspace, request)
        for message in project.workspace.state.outbox.find():
            assert message.about is not None
        project.clock.pass_(days=60)
        project.run()
        assert project.apply(SMALL).committed


class TestSomebodyElse:
    """Another apply commits between reading the plan and committing it."""

    def other(self, project: Project, manifests: str) -> None:
        own = (project.workspace.manifests / "all.yaml").read_text()
        project.apply(manifests)
        project.write(own)

    def test_a_plan_that_would_differ_is_stale(self, applied: Project) -> None:
        applied.write(SMALL.replace("News of today", "Mine"))

        def confirm(plan: Plan) -> bool:
            self.other(applied, SMALL.replace("News of today", "Theirs"))
            return True

        with pytest.raises(Stale) as stale:
            apply_changes(applied.workspace, ApplyOptions(confirm=confirm, notice=applied.heard.append))
        assert stale.value.exit_code == 6
        assert applied.workspace.state.snapshots.read().serial == 2

    def test_a_higher_serial_alone_does_not_make_a_plan_stale(self, applied: Project) -> None:
        applied.write(SMALL.replace("News of today", "Mine"))

        def confirm(plan: Plan) -> bool:
            self.other(applied, f"{SMALL}---{GROUP}")
            self.other(applied, SMALL)
            return True

        applied_again = apply_changes(applied.workspace, ApplyOptions(confirm=confirm, notice=applied.heard.append))
        assert (applied_again.committed, applied_again.serial) == (True, 4)

    def test_the_commit_compares_the_serial_whether_or_not_a_lock_was_held(
        self, applied: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made = module._commit

        def late(*words: object) -> object:
            commit = made(*words)  # type: ignore[arg-type]
            monkeypatch.setattr(module, "_commit", made)
            monkeypatch.setattr(module, "hold_lock", _no_lock)
            self.other(applied, SMALL.replace("News of today", "Theirs"))
            return commit

        monkeypatch.setattr(module, "_commit", late)
        with pytest.raises(Conflict):
            applied.apply(SMALL.replace("News of today", "Mine"))
        assert applied.workspace.state.snapshots.read().serial == 2


class _no_lock:
    def __init__(self, *_: object, **__: object) -> None: ...

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


def test_the_approval_needs_a_process(project: Project) -> None:
    with pytest.raises(InvalidManifests) as invalid:
        project.apply(SERVER + "---" + APPROVAL.partition("---")[2])
    assert [each.summary for each in invalid.value.diagnostics] == ["Unknown reference"]


@pytest.mark.parametrize(
    "content", ["", "no certificate", "-----BEGIN CERTIFICATE-----\nzzz\n-----END CERTIFICATE-----\n"]
)
def test_an_authority_that_is_no_certificate_is_a_fault_of_the_manifests(project: Project, content: str) -> None:
    (project.workspace.folder / "ca.pem").write_text(content)
    project.write(SERVER.replace("from:", "tls: {mode: starttls, ca: ca.pem}, from:"))
    with pytest.raises(InvalidManifests) as caught:
        project.plan()
    [found] = caught.value.diagnostics
    assert (found.summary, found.place.line) == ("Not a certificate", 5)
