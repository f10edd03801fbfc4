"""The shipped manifests and templates are valid as they stand, and are the field's own example."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.kinds.approval_process.spec import ApprovalProcessSpec
from reconciler.kinds.approval_type.spec import ApprovalTypeSpec
from reconciler.kinds.protocol.world import World
from reconciler.kinds.reading.decode import check, read_world
from reconciler.kinds.registry import REGISTRY
from reconciler.messages.compose.mime import inline_css
from reconciler.messages.language.render import check as check_templates
from reconciler.messages.language.render import read_closure, render
from reconciler.sources.manifests import read_manifests
from reconciler.sources.reading import Root
from reconciler.sources.templates import Templates

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def world() -> World:
    documents, faults = read_manifests(Root(REPOSITORY), "manifests")
    assert not faults
    found, faults = read_world(documents, REGISTRY)
    assert not faults
    return found


def test_manifests_have_no_fault_and_no_warning(world: World) -> None:
    assert check(world, REGISTRY) == []


def test_titles_are_the_fields_own(world: World) -> None:
    titles = {str(address): resource.title for address, resource in world.resources.items()}
    assert titles["EmailTask/send-new-approval"] == "Send E-mail for New Approval Task"
    assert titles["ApprovalProcess/manual-email"] == "Manual Approval Process with E-mail Alerts"
    assert titles["ApprovalType/execute-application"] == "Default Execute Application Request Type"


def test_process_is_wired_as_the_field_does_it(world: World) -> None:
    process = world.spec(ApprovalProcessSpec, "manual-email")
    assert (process.start_activity, process.smtp_server) == ("send-new-approval", "relay")
    assert process.completed_activity.approved == process.completed_activity.expired == "tell-outcome"
    assert world.spec(ApprovalTypeSpec, "execute-application").process == "manual-email"


def test_every_mail_passes_the_check_and_renders_for_both_samples(world: World) -> None:
    load = Templates(Root(REPOSITORY), "templates").text
    cases = [case for each in world.resources.values() for case in REGISTRY[each.address.kind].mails(each, world)]
    assert len(cases) >= 4
    for case in cases:
        found = read_closure([each.name for each in case.mail.templates if each.inline is None], load)
        assert list(found.faults) == check_templates(case.mail, found.sources, case.shape) == [], case.label
        for sample in case.samples.values():
            html = render(case.mail, found.sources, sample).html
            assert html is None or "</html>" in inline_css(html)


def test_every_template_is_used(world: World) -> None:
    there = {path.relative_to(REPOSITORY / "templates").as_posix() for path in (REPOSITORY / "templates").rglob("*.j2")}
    load = Templates(Root(REPOSITORY), "templates").text
    cases = [case for each in world.resources.values() for case in REGISTRY[each.address.kind].mails(each, world)]
    names = [each.name for case in cases for each in case.mail.templates if each.inline is None]
    assert there == set(read_closure(names, load).sources)


def test_commands_take_them_as_they_are(tmp_path: Path) -> None:
    for name in ("manifests", "templates"):
        shutil.copytree(REPOSITORY / name, tmp_path / name)
    for words in (["validate"], ["plan"], ["apply", "--auto-approve"], ["plan", "--detailed-exitcode"]):
        done = subprocess.run(
            [sys.executable, "-m", "reconciler", *words],
            cwd=tmp_path,
            env=dict(os.environ),
            check=False,
            capture_output=True,
            text=True,
        )
        assert (done.returncode, "warning" in done.stdout + done.stderr) == (0, False), done.stdout + done.stderr
