"""Plan to a file, apply the file: exactly that, or nothing with the reason."""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconciler.model.configuration.guard import Allowance, GuardId
from reconciler.model.errors import EnvironmentFault, Stale, UserError
from reconciler.sources.plan_files import seal, unseal
from reconciler.sources.plan_key import SHORTEST, PlanKeys
from tests.saved_plans.conftest import Project, group

ONE, TWO = group("one", "a"), group("two", "b")


def refusal(project: Project) -> Stale:
    before = project.workspace.state.snapshots.read()
    with pytest.raises(Stale) as found:
        project.apply_saved()
    assert found.value.exit_code == 6
    assert project.workspace.state.snapshots.read() == before
    return found.value


def test_what_is_applied_is_what_was_saved_and_not_what_the_manifests_say(project: Project) -> None:
    project.apply(ONE)
    plan = project.save(group("one", "b"))
    project.write("nonsense: [")
    applied = project.apply_saved()
    assert (applied.committed, applied.plan.digest) == (True, plan.digest)
    assert project.members() == ["['b@example.com']"]


def test_a_first_apply_from_a_file(project: Project) -> None:
    project.save(ONE, TWO)
    assert project.workspace.state.snapshots.read().lineage is None
    assert project.apply_saved().serial == 1
    assert project.save(ONE, TWO).empty


def test_it_writes_the_file_and_the_key_for_their_owner_alone_and_nothing_else(project: Project) -> None:
    project.save(ONE)
    found = {path.relative_to(project.folder): path for path in project.folder.rglob("*") if path.is_file()}
    assert sorted(map(str, found)) == [".reconciler/plan.key", "change.plan", "manifests/all.yaml"]
    modes = {str(name): stat.S_IMODE(path.stat().st_mode) for name, path in found.items()}
    assert (modes[".reconciler/plan.key"], modes["change.plan"]) == (0o600, 0o600)


def test_the_key_is_made_once(project: Project) -> None:
    project.save(ONE)
    key = (project.folder / ".reconciler/plan.key").read_bytes()
    project.save(ONE)
    assert (project.folder / ".reconciler/plan.key").read_bytes() == key


def test_the_same_plan_twice_is_stale_and_told_to_have_been_applied(project: Project) -> None:
    project.apply(ONE)
    project.save(ONE, TWO)
    project.apply_saved()
    fault = refusal(project)
    assert fault.summary == "This plan was applied already"
    assert ", as serial 2. Nothing was changed." in fault.detail


def test_the_first_plan_of_a_state_twice_is_told_to_have_been_applied(project: Project) -> None:
    project.save(ONE)
    project.apply_saved()
    assert refusal(project).summary == "This plan was applied already"


def test_a_first_plan_is_stale_once_anything_is_applied(project: Project) -> None:
    project.save(ONE)
    project.apply(TWO)
    assert "before anything had been applied" in refusal(project).detail


def test_an_unrelated_apply_leaves_it_good(project: Project) -> None:
    third = group("three", "c")
    project.apply(ONE, TWO, third)
    project.save(group("one", "z"), TWO, third)
    project.apply(ONE, TWO, third)
    assert project.apply_saved().committed


def test_a_related_apply_makes_it_stale(project: Project) -> None:
    project.apply(ONE, TWO)
    project.save(group("one", "z"), TWO)
    project.apply(group("one", "y"), TWO)
    assert refusal(project).summary == "The plan file is stale"


def test_another_state_is_refused(make: Callable[[str], Project]) -> None:
    one, other = make("one"), make("other")
    one.apply(ONE)
    other.apply(ONE)
    one.save(ONE, TWO)
    other.file.write_bytes(one.file.read_bytes())
    shutil.copy2(one.folder / ".reconciler/plan.key", other.folder / ".reconciler/plan.key")
    assert refusal(other).summary == "The plan file is of another state"


def test_another_key_is_refused(make: Callable[[str], Project]) -> None:
    one, other = make("one"), make("other")
    one.save(ONE)
    other.file.write_bytes(one.file.read_bytes())
    assert refusal(other).summary == "The plan file cannot be checked"
    other.workspace.plan_keys.made()
    assert refusal(other).summary == "The plan file is of another key"


@pytest.mark.parametrize("content", [b"", b"\n", b"a" * (SHORTEST - 1)])
def test_a_key_that_could_be_guessed_seals_and_opens_nothing(project: Project, content: bytes) -> None:
    project.save(ONE)
    (project.folder / ".reconciler/plan.key").write_bytes(content)
    for use in (project.apply_saved, lambda: project.save(ONE)):
        with pytest.raises(UserError) as found:
            use()
        assert found.value.summary == "The key for saved plans is too short"
        assert "plan.key" in found.value.detail and found.value.hint


@pytest.mark.parametrize("rights", [0o640, 0o604, 0o660, 0o620, 0o601])
def test_a_key_that_others_can_reach_seals_and_opens_nothing(project: Project, rights: int) -> None:
    project.save(ONE)
    key = project.folder / ".reconciler/plan.key"
    key.chmod(rights)
    for use in (project.apply_saved, lambda: project.save(ONE)):
        with pytest.raises(UserError) as found:
            use()
        assert found.value.summary == "The key for saved plans is open to others"
        assert f"rights {rights:03o}" in found.value.detail
        assert f"chmod 600 {key}" in found.value.hint
    key.chmod(0o400)
    assert project.apply_saved().committed


def test_another_environment_is_refused(project: Project) -> None:
    project.save(ONE)
    key = project.workspace.plan_keys.made()
    body = json.loads(unseal(project.file.read_bytes(), key))
    project.file.write_bytes(seal(json.dumps({**body, "environment": "staging"}).encode(), key))
    assert refusal(project).summary == "The plan file is of another environment"


def test_what_another_version_wrote_is_refused(project: Project) -> None:
    project.file.write_bytes(seal(b'{"records":[]}', project.workspace.plan_keys.made()))
    assert refusal(project).summary == "The plan file is of another version"


def test_a_key_of_the_environment_serves_two_machines(make: Callable[[str], Project]) -> None:
    key = "k" * 32
    project = make("one")
    project.apply(ONE)
    pipeline = project.environment(RECONCILER_PLAN_KEY=key)
    pipeline.save(ONE, TWO)
    assert not (project.folder / ".reconciler/plan.key").exists()
    assert project.environment(RECONCILER_PLAN_KEY=key).apply_saved().committed
    assert key.encode() not in project.file.read_bytes()


def test_a_short_key_is_refused_and_never_shown(project: Project) -> None:
    short = project.environment(RECONCILER_PLAN_KEY="canary-7c1f")
    with pytest.raises(UserError) as found:
        short.save(ONE)
    assert "canary" not in f"{found.value.summary}{found.value.detail}{found.value.hint}{short.workspace!r}"


def test_a_plan_that_a_guard_blocks_is_not_saved(project: Project) -> None:
    project.apply(ONE)
    assert project.save("").blocked
    assert not project.file.exists()


def test_what_was_allowed_is_part_of_the_file(project: Project) -> None:
    project.apply(ONE)
    assert not project.save("", allowed=(Allowance(GuardId.DELETIONS),)).blocked
    assert project.apply_saved().committed
    assert project.members() == []
    entry = project.workspace.state.journal.last("config.applied")
    assert entry is not None
    assert entry.entry.data["allowed"] == [{"guard": "deletions", "address": None, "by": "--allow deletions"}]


def test_an_acknowledgement_that_expires_meanwhile_makes_it_stale(project: Project) -> None:
    project.apply(ONE)
    (project.folder / "acknowledgements.yaml").write_text("- {guard: deletions, reason: x, until: 2027-03-01}\n")
    before = project.with_(now=lambda: datetime(2027, 3, 1, 12, tzinfo=UTC))
    assert not before.save("").blocked
    after = project.with_(now=lambda: datetime(2027, 3, 2, 12, tzinfo=UTC))
    assert refusal(after).summary == "The plan file is stale"
    assert before.apply_saved().committed


def test_what_a_killed_run_left_of_a_key_the_next_one_finishes(project: Project) -> None:
    unfinished = project.folder / ".reconciler/.plan.key.part"
    unfinished.parent.mkdir(exist_ok=True)
    unfinished.write_text("half a k")
    unfinished.chmod(0o644)
    project.save(ONE)
    assert sorted(path.name for path in unfinished.parent.iterdir()) == ["plan.key"]
    assert stat.S_IMODE((unfinished.parent / "plan.key").stat().st_mode) == 0o600
    assert project.apply_saved().committed


def test_a_link_where_a_key_is_made_is_not_followed(project: Project) -> None:
    outside = project.folder.parent / "outside"
    outside.write_text("kept")
    (project.folder / ".reconciler").mkdir(exist_ok=True)
    (project.folder / ".reconciler/.plan.key.part").symlink_to(outside)
    with pytest.raises(EnvironmentFault, match="The key for saved plans cannot be used"):
        project.save(ONE)
    assert outside.read_text() == "kept"


def test_of_many_at_once_one_makes_the_key_and_all_use_it(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as threads:
        for number in range(20):
            keys = PlanKeys(tmp_path / str(number))
            assert len(set(threads.map(lambda _, keys=keys: keys.made(), range(16)))) == 1
            assert [path.name for path in keys.folder.iterdir()] == ["plan.key"]


PLAN_FILES: dict[str, Callable[[Path], object]] = {
    "it is not a plain file": os.mkfifo,
    "it is a folder": Path.mkdir,
    "it is larger than 256 MiB": lambda path: (path.touch(), os.truncate(path, 5 << 30)),
}


@pytest.mark.parametrize("why", PLAN_FILES)
def test_what_is_no_plan_file_is_refused_at_once(project: Project, why: str) -> None:
    PLAN_FILES[why](project.file)
    with pytest.raises(EnvironmentFault) as refused:
        project.apply_saved()
    assert (refused.value.summary, f": {why}." in refused.value.detail) == ("The plan file cannot be read", True)
