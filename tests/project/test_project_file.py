"""The project file: where it is found, what it says, and every way it can be wrong."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.model.configuration.address import Address
from reconciler.model.errors import InvalidManifests, Refused, UserError
from reconciler.wiring import open_workspace
from tests.project.conftest import NEWS, RELAY, Project

BOTH = """
    environments:
      production: {mail: {deliver: all}}
      staging: {mail: {deliver: hold}}
"""


def test_without_a_file_there_is_no_project_in_the_plan(project: Project) -> None:
    assert project.changes() == ["create EmailTask/news (default): new", "create SmtpServer/relay (default): new"]


def test_what_changes_behaviour_is_planned(project: Project) -> None:
    project.says("{timezone: Europe/Berlin, domains: [b.example.com, EXAMPLE.com, b.example.com]}")
    assert "create Project/mail (default): new" in project.changes()
    assert project.spec("Project/mail") == {
        "domains": ["b.example.com", "example.com"],
        "timezone": "Europe/Berlin",
        "language": "en",
        "defaults": {"smtpServer": None},
        "mail": {"deliver": "all", "redirectTo": None, "allow": [], "subjectPrefix": ""},
        "guards": {"deletions": 10, "deletionsPercent": 30},
        "onAmbiguous": "resend",
        "environment": None,
    }


def test_where_things_are_is_not_planned(project: Project) -> None:
    project.says("{state: 'sqlite:other/state.db'}")
    before = project.plan().digest
    project.says("{state: 'sqlite:other/state.db', manifests: manifests, templates: words}")
    assert project.plan().digest == before


def test_plan_after_apply_is_empty(project: Project) -> None:
    project.says("{domains: [example.org, example.com], mail: {allow: ['b@example.com', 'a@example.com']}}")
    project.apply()
    project.says("{mail: {allow: ['a@example.com', 'b@example.com']}, domains: [example.com, example.org]}")
    assert project.plan().empty


def test_the_nearest_file_upward_makes_the_project(project: Project) -> None:
    project.says("{manifests: manifests}")
    below = project.folder / "manifests" / "deep"
    below.mkdir()
    assert open_workspace(below, None, {}).folder == project.folder


def test_folders_and_state_may_be_elsewhere(project: Project) -> None:
    project.says("{manifests: config/all, templates: config/words, state: 'sqlite:kept/here.db'}")
    project.write(config__all__relay=RELAY, config__all__news=NEWS)
    project.apply()
    assert (project.folder / "kept" / "here.db").exists()
    assert not (project.folder / ".reconciler").exists()


def test_a_project_that_goes_is_deleted_and_its_settings_with_it(project: Project) -> None:
    project.says("{timezone: Europe/Berlin}")
    project.apply()
    (project.folder / "reconciler.yaml").unlink()
    assert project.changes() == ["delete Project/mail (default): no manifest names it any more"]


def test_a_project_among_the_manifests_is_none(project: Project) -> None:
    project.write(manifests__project="apiVersion: reconciler/v1\nkind: Project\nmetadata: {name: mail}\nspec: {}\n")
    assert project.faults() == [
        "manifests/project.yaml:2:7: Not a manifest: A Project is no manifest: it has a file of its own. | "
        "Write it into the file reconciler.yaml in the project's folder."
    ]


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        (
            "{timezon: UTC}",
            'reconciler.yaml:5:4: Unknown field: There is no field "timezon" here. | Did you mean "timezone"?',
        ),
        (
            "{timezone: Europe/Berln}",
            'reconciler.yaml:5:14: Invalid value: spec.timezone is no time zone. | Did you mean "Europe/Berlin"?',
        ),
        (
            "{mail: {deliver: redirect}}",
            "reconciler.yaml:5:20: Missing field: mail.deliver is redirect, and nothing says where mail goes instead. | "
            "Add redirectTo: staging@example.com.",
        ),
        (
            "{mail: {allow: ['z@example.com', '*', 'a@example.com']}}",
            "reconciler.yaml:5:36: Invalid value: spec.mail.allow[1] lets everybody through. | "
            "Name a domain: *@qa.example.com; or set deliver: all.",
        ),
        (
            "{mail: {allow: ['*@*']}}",
            "reconciler.yaml:5:19: Invalid value: spec.mail.allow[0] lets everybody through. | "
            "Name a domain: *@qa.example.com; or set deliver: all.",
        ),
        (
            "{mail: {deliver: redirekt}}",
            'reconciler.yaml:5:20: Invalid value: spec.mail.deliver is none of all, redirect or hold. | Did you mean "redirect"?',
        ),
        (
            "{state: 'postgresql://me:secret@db.example.com/x'}",
            "reconciler.yaml:5:11: Literal secret: spec.state holds a password, and this file is no place for secrets. | "
            "Leave the password out: PGPASSWORD, or the file PGPASSFILE names, has it where it is used.",
        ),
        (
            "{defaults: {smtpServer: rely}}",
            'reconciler.yaml:5:27: Unknown reference: There is no SmtpServer/rely. | Did you mean "relay"?',
        ),
        (
            "{environments: {staging: {}}}",
            "reconciler.yaml:5:19: Missing field: The environment staging does not say whom its mail reaches, and must not "
            "reach people by accident. | Add mail: {deliver: all}, redirect with redirectTo, or hold.",
        ),
        (
            "{owner: a, owners: [{name: b}]}",
            "reconciler.yaml:5:14: Contradicting settings: owner is for a project with one owner, owners for one with several. | "
            "Remove one of the two.",
        ),
        (
            "{guards: {deletionsPercent: 101}}",
            "reconciler.yaml:5:31: Invalid value: spec.guards.deletionsPercent must be at most 100. | Write 100 or less.",
        ),
        (
            "{environments: {staging: {mail: {deliver: all}, environments: {}}}}",
            'reconciler.yaml:5:51: Unknown field: There is no field "environments" here. | Known here: domains, timezone, '
            "language, defaults, mail, guards, onAmbiguous, manifests, templates, state, owner, owners, overlays, vars.",
        ),
        (
            "{owners: [{name: platform}]}",
            "reconciler.yaml:5:20: Reserved name: The owner platform is whoever runs the installation; no project can be it. | "
            "Choose another name.",
        ),
        ("{publicUrl: x}", None),
        ("{environment: x}", None),
    ],
)
def test_a_fault_is_told_with_its_place(project: Project, spec: str, told: str | None) -> None:
    project.says(spec)
    faults = project.faults()
    assert len(faults) == 1
    assert faults == [told] if told else "Unknown field" in faults[0]


def test_two_documents_are_not_one_project(project: Project) -> None:
    project.says("{timezone: UTC}")
    text = (project.folder / "reconciler.yaml").read_text()
    (project.folder / "reconciler.yaml").write_text(f"{text}---\n{text}")
    assert project.faults() == [
        "reconciler.yaml:7:1: Not one document: The file holds 2 documents; a project is one. | "
        "Begin with apiVersion: reconciler/v1, kind: Project."
    ]


def test_another_kind_in_the_file_is_told(project: Project) -> None:
    project.write(reconciler=RELAY)
    assert project.faults()[0].startswith(
        "reconciler.yaml:3:7: Wrong kind: This file holds a document of kind Project."
    )


@pytest.mark.parametrize(
    ("spec", "env", "summary", "hint"),
    [
        (BOTH, None, "No environment chosen", "Name one with env NAME or RECONCILER_ENV."),
        (BOTH, "stagin", "Unknown environment", 'Did you mean "staging"?'),
        (BOTH, "x", "Unknown environment", "It defines: production and staging."),
        (
            "{timezone: UTC}",
            "staging",
            "Unknown environment",
            "Leave out env (and RECONCILER_ENV), or define the environment under environments.",
        ),
    ],
)
def test_the_environment_is_named_exactly(
    project: Project, spec: str, env: str | None, summary: str, hint: str
) -> None:
    project.says(spec)
    with pytest.raises(UserError) as refused:
        project.open(env)
    assert (refused.value.summary, refused.value.hint) == (summary, hint)


def test_an_environment_without_a_file_is_unknown(project: Project) -> None:
    with pytest.raises(UserError, match="Unknown environment"):
        project.open("staging")


def test_an_environment_is_laid_over_the_rest_and_null_restores_the_default(project: Project) -> None:
    project.says(
        """
        timezone: Europe/Berlin
        mail: {subjectPrefix: P, deliver: all}
        environments:
          staging: {timezone: null, mail: {deliver: hold}}
        """
    )
    spec = project.spec("Project/mail", "staging")
    assert (spec["timezone"], spec["environment"]) == ("UTC", "staging")
    assert spec["mail"] == {"deliver": "hold", "redirectTo": None, "allow": [], "subjectPrefix": "P"}


def test_the_plan_names_its_environment_and_differs_by_it(project: Project) -> None:
    project.says(BOTH)
    plans = [project.plan(name) for name in ("production", "staging")]
    assert [plan.environment for plan in plans] == ["production", "staging"]
    assert plans[0].digest != plans[1].digest


def test_state_of_another_environment_is_refused(project: Project) -> None:
    project.says(BOTH)
    project.apply("production")
    with pytest.raises(Refused) as refused:
        project.plan("staging")
    assert (refused.value.summary, refused.value.detail) == (
        "The state is another environment's",
        "sqlite:.reconciler/state.db was applied in the environment production, and this is staging.",
    )
    assert project.plan("production").empty


def _folder(path: Path) -> None:
    path.mkdir()
    (path / "inner.yaml").write_text(NEWS)


UNREADABLE: dict[str, Callable[[Path], object]] = {
    "broken YAML": lambda path: path.write_text("kind: ["),
    "no UTF-8": lambda path: path.write_bytes(NEWS.encode() + b"# \xff\n"),
    "a control character": lambda path: path.write_text(NEWS + "# \x00\n"),
    "a link to nowhere": lambda path: path.symlink_to("nowhere"),
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a link out of the project": lambda path: path.symlink_to("/etc/hostname"),
    "a folder": _folder,
    "a pipe": os.mkfifo,
    "a file that is too large": lambda path: path.write_text(NEWS + "#" * (4 << 20)),
}


@pytest.mark.parametrize("how", UNREADABLE)
def test_no_deletion_follows_from_a_file_that_cannot_be_read(project: Project, how: str) -> None:
    """Not even for root, who may read whatever there is to read: plan and apply end with 1, and nothing has changed."""
    project.apply()
    before = project.open().state.snapshots.read()
    path = project.folder / "manifests" / "news.yaml"
    path.unlink()
    UNREADABLE[how](path)
    for act in (project.plan, project.apply):
        with pytest.raises(InvalidManifests) as refused:
            act()
        assert refused.value.exit_code == 1
        assert {each.place.file for each in refused.value.diagnostics if each.severity == "error"} == {
            "manifests/news.yaml"
        }
    state = project.open().state
    assert state.snapshots.read() == before
    assert [each.entry.event for each in state.journal.entries()] == ["config.applied"]


def test_nor_from_a_link_to_a_folder_that_is_gone(project: Project) -> None:
    real = project.folder / "parts"
    real.mkdir()
    (project.folder / "manifests" / "news.yaml").rename(real / "news.yaml")
    (project.folder / "manifests" / "parts").symlink_to(real)
    project.apply()
    real.rename(project.folder / "elsewhere")
    (fault,) = project.faults()
    assert fault.startswith("manifests/parts:") and "Unreadable folder" in fault
    with pytest.raises(InvalidManifests):
        project.apply()
    assert Address("EmailTask", "news") in project.open().state.snapshots.read().resources


def test_an_empty_manifest_folder_is_no_wish_to_delete_everything(project: Project) -> None:
    project.says("{manifests: none}")
    (project.folder / "none").mkdir()
    with pytest.raises(UserError, match="No manifest files"):
        project.plan()
