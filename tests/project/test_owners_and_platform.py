"""Whose a resource is, and the mail server an installation brings along."""

from __future__ import annotations

import pytest

from reconciler.model.configuration.guard import Allowance, GuardId
from reconciler.model.errors import InvalidManifests
from reconciler.operations.authoring.export_resources import export_resources
from reconciler.operations.configuration.apply_changes import ApplyOptions
from reconciler.operations.configuration.rollback import destroy
from tests.project.conftest import NEWS, RELAY, Project

PLATFORM = """
apiVersion: reconciler/v1
kind: SmtpServer
metadata: {name: hosted, title: Relay of the house}
spec: {uri: "smtp://127.0.0.1:2525", from: platform@example.com, limits: {connections: 2}}
locked: [uri, spec.limits.connections, tls]
"""


def group(name: str) -> str:
    return f"apiVersion: reconciler/v1\nkind: Group\nmetadata: {{name: {name}}}\nspec: {{members: [a@example.com]}}\n"


def test_the_first_rule_that_fits_decides(project: Project) -> None:
    project.says(
        """
        owners:
          - {name: first, path: manifests/a, prefix: x-}
          - {name: second, path: manifests/a}
          - {name: third, prefix: x-}
        """
    )
    project.write(manifests__a__1=group("x-one"), manifests__a__2=group("two"), manifests__3=group("x-three"))
    assert {str(change.address): change.owner for change in project.plan().changes} == {
        "Group/x-one": "first",
        "Group/two": "second",
        "Group/x-three": "third",
        "EmailTask/news": "default",
        "SmtpServer/relay": "default",
        "Project/mail": "default",
    }


def test_what_others_own_is_not_deleted(project: Project) -> None:
    project.says("{owner: team-a}")
    project.apply()
    other = Project(project.folder / "other")
    other.write(
        manifests__g=group("g"), reconciler=(project.folder / "reconciler.yaml").read_text().replace("team-a", "team-b")
    )
    state = project.folder / ".reconciler" / "state.db"
    other.says(f"{{owner: team-b, state: 'sqlite:{state}'}}")
    (other.folder / "reconciler.yaml").write_text(
        (other.folder / "reconciler.yaml").read_text().replace("name: mail", "name: b")
    )
    assert other.changes() == ["create Group/g (team-b): new", "create Project/b (team-b): new"]


def test_what_others_own_may_be_referenced(project: Project) -> None:
    project.says("{owner: team-a}")
    project.apply()
    other = Project(project.folder / "other")
    other.write(manifests__n=NEWS.replace("name: news", "name: more").replace("spec:", "spec:\n  smtpServer: relay"))
    other.says(f"{{owner: team-b, state: 'sqlite:{project.folder}/.reconciler/state.db'}}")
    file = other.folder / "reconciler.yaml"
    file.write_text(file.read_text().replace("name: mail", "name: b"))
    assert other.changes() == ["create Project/b (team-b): new", "create EmailTask/more (team-b): new"]
    other.apply()
    assert other.plan().empty
    assert project.plan().empty


def test_taking_over_what_another_owns_is_shown_and_blocked(project: Project) -> None:
    project.says("{owner: team-a}")
    project.apply()
    project.says("{owner: team-b}")
    plan = project.plan()
    assert {change.reason for change in plan.changes} == {"owner changed: team-a to team-b"}
    assert {guard.id.value for guard in plan.guards} == {"ownership"}
    assert plan.blocked


@pytest.fixture
def hosted(project: Project) -> Project:
    """The platform brings the server."""
    project.write(elsewhere__platform=PLATFORM)
    (project.folder / "manifests" / "relay.yaml").unlink()
    project.variables["RECONCILER_PLATFORM"] = str(project.folder / "elsewhere" / "platform.yaml")
    return project


def part(spec: str, name: str = "platform") -> str:
    return f"apiVersion: reconciler/v1\nkind: SmtpServer\nmetadata: {{name: {name}}}\nspec: {spec}\n"


def test_the_platforms_server_carries_all_mail(hosted: Project) -> None:
    assert hosted.faults() == []
    assert hosted.changes() == [
        "create EmailTask/news (default): new",
        "create SmtpServer/platform (platform): new",
    ]


def test_what_is_not_locked_may_be_set(hosted: Project) -> None:
    hosted.write(manifests__server=part("{from: desk@example.com, limits: {messagesPerConnection: 5}}"))
    spec = hosted.spec("SmtpServer/platform")
    assert (spec["from"], spec["limits"]) == ("desk@example.com", {"connections": 2, "messagesPerConnection": 5})
    hosted.apply()
    assert hosted.plan().empty


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            part("{uri: 'smtp://127.0.0.1:1'}"),
            "manifests/server.yaml:4:8: Locked by the platform: spec.uri of SmtpServer/platform is set and "
            "locked by the platform this installation runs on. | Remove it here; whoever runs the platform can change it.",
        ),
        (
            part("{tls: {verify: false}}"),
            "manifests/server.yaml:4:8: Locked by the platform: spec.tls of SmtpServer/platform is set and "
            "locked by the platform this installation runs on. | Remove it here; whoever runs the platform can change it.",
        ),
        (
            part("{limits: null}"),
            "manifests/server.yaml:4:8: Locked by the platform: spec.limits.connections of SmtpServer/platform is set and "
            "locked by the platform this installation runs on. | Remove it here; whoever runs the platform can change it.",
        ),
        (
            RELAY,
            "manifests/server.yaml:4:18: Server of the platform: SmtpServer/relay cannot be: this installation has one mail "
            "server, SmtpServer/platform, and all mail goes through it. | Remove it. What the platform leaves open is set in a "
            "document of SmtpServer/platform.",
        ),
    ],
)
def test_what_the_platform_decides_is_not_for_a_manifest(hosted: Project, text: str, told: str) -> None:
    hosted.write(manifests__server=text)
    assert hosted.faults() == [told]


def test_the_platforms_server_is_never_deleted(hosted: Project) -> None:
    hosted.apply()
    hosted.variables.clear()
    hosted.write(manifests__relay=RELAY, manifests__news=NEWS.replace("spec:", "spec:\n  smtpServer: relay"))
    assert "SmtpServer/platform" not in {str(change.address) for change in hosted.plan().changes}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: 1\n", "Not a platform file"),
        ("", "Not a platform file"),
        (PLATFORM.replace("[uri, spec.limits.connections, tls]", "uri"), "Wrong type"),
        ("a: [", "Broken YAML"),
    ],
)
def test_a_platform_file_that_is_none_is_told(hosted: Project, text: str, told: str) -> None:
    hosted.write(elsewhere__platform=text)
    with pytest.raises(InvalidManifests) as refused:
        hosted.open()
    assert [each.summary for each in refused.value.diagnostics] == [told]


def test_a_locked_path_that_is_no_field_is_told(hosted: Project) -> None:
    locked = "[urii, spec.tsl.verify, uri.host, colour]"
    hosted.write(elsewhere__platform=PLATFORM.replace("[uri, spec.limits.connections, tls]", locked))
    with pytest.raises(InvalidManifests) as refused:
        hosted.open()
    known = "Known: uri, from, credential, tls, envelopeFrom, helo, limits and timeouts."
    assert [(each.place.column, each.detail[:46], each.hint) for each in refused.value.diagnostics] == [
        (10, 'An SmtpServer has no field "urii" in its spec,', 'Did you mean "uri"?'),
        (16, 'An SmtpServer has no field "tsl.verify" in its', 'Did you mean "tls.verify"?'),
        (33, 'An SmtpServer has no field "uri.host" in its s', known),
        (43, 'An SmtpServer has no field "colour" in its spe', known),
    ]


def test_a_platform_file_that_is_not_there_is_told(hosted: Project) -> None:
    hosted.variables["RECONCILER_PLATFORM"] = "/nowhere/platform.yaml"
    with pytest.raises(InvalidManifests) as refused:
        hosted.open()
    assert [each.summary for each in refused.value.diagnostics] == ["Unreadable file"]


def test_destroy_leaves_what_the_platform_brought(hosted: Project) -> None:
    hosted.apply()
    options = ApplyOptions(confirm=lambda _: True, notice=hosted.heard.append, allowed=(Allowance(GuardId.DELETIONS),))
    plan = destroy(hosted.open(), options).plan
    assert [(str(each.address), each.reason) for each in plan.changes] == [("EmailTask/news", "destroy asks for it")]
    assert [str(each) for each in hosted.open().state.snapshots.read().resources] == ["SmtpServer/platform"]


def test_an_export_brings_back_what_a_manifest_adds_to_the_platforms_server(hosted: Project) -> None:
    hosted.write(manifests__server=part("{from: desk@example.com, limits: {messagesPerConnection: 5}}"))
    hosted.apply()
    hosted.write(manifests__server=part("{from: other@example.com, limits: {messagesPerConnection: 6}}"))
    exported = export_resources(hosted.open())
    assert [each.name for each in exported.written] == ["manifests/server.yaml"]
    assert [each for each in exported.notes if each.subject == "SmtpServer/platform"] == []
    assert hosted.plan().empty


def test_an_export_tells_what_no_manifest_adds_any_longer(hosted: Project) -> None:
    hosted.write(manifests__server=part("{from: desk@example.com, helo: mail.example.com}"))
    hosted.apply()
    base = hosted.variables["RECONCILER_PLATFORM"]
    end = "write it into a manifest of SmtpServer/platform where it shall stay."
    hosted.write(manifests__server=part("{from: desk@example.com}"))
    assert [each.text for each in export_resources(hosted.open()).notes] == [
        f"/spec/helo is not written: no manifest sets it; {end}"
    ]
    (hosted.folder / "manifests" / "server.yaml").unlink()
    assert [each.text for each in export_resources(hosted.open()).notes] == [
        f"/spec/from is not written: {base}:5:44 says otherwise; {end}",
        f"/spec/helo is not written: no manifest sets it; {end}",
        f"comes from {base}, which belongs to the installation; no manifest adds to it.",
    ]


def test_an_export_into_another_folder_keeps_owners_apart(project: Project) -> None:
    project.says("{owners: [{name: team-a, path: manifests/a}, {name: team-b, path: manifests/b.yaml}]}")
    project.write(manifests__a__one=group("one"), manifests__b=group("two"))
    project.apply()
    export_resources(project.open(), project.folder / "copy")
    found = sorted(path.relative_to(project.folder).as_posix() for path in (project.folder / "copy").rglob("*.yaml"))
    assert found == [
        "copy/EmailTask/news.yaml",
        "copy/Group/two.yaml",
        "copy/SmtpServer/relay.yaml",
        "copy/a/Group/one.yaml",
    ]
    (project.folder / "manifests" / "a" / "one.yaml").unlink()
    (project.folder / "manifests" / "b.yaml").unlink()
    exported = export_resources(project.open())
    assert [each.name for each in exported.written] == ["manifests/a/Group/one.yaml"]
    assert [each.subject for each in exported.notes] == ["Group/two", "Project/mail"]
