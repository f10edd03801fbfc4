"""Folders a pull request names: whatever it commits there, no file that the pipeline can read gets into a plan."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, command_line

CANARY = "canary-8f41c"
HEAD = "apiVersion: reconciler/v1\nkind: Project\nmetadata: {name: mail}\nspec: "
TASK = """apiVersion: reconciler/v1
kind: EmailTask
metadata: {{name: leak}}
spec: {{to: [a@example.com], subject: Hi, body: {{text: {name}}}}}
"""
RELAY = """apiVersion: reconciler/v1
kind: SmtpServer
metadata: {name: relay}
spec: {uri: "smtp://127.0.0.1:9", from: a@example.com}
"""
REFUSALS = (
    "leads out of the project, and only what lies inside is read",
    "leads out of the folder, and only what lies inside is read",
    "leads out of its folder",
    "no manifest names that",
)
FORMATS = ("text", "json", "markdown", "html", "github", "sarif")


def commit(project: Path, spec: str, name: str) -> None:
    """A project file with this spec, and one task alone, whose text is the template of that name."""
    for path in (project / "manifests").iterdir():
        path.unlink()
    (project / "manifests" / "relay.yaml").write_text(RELAY)
    (project / "reconciler.yaml").write_text(f"{HEAD}{spec}\n")
    (project / "manifests" / "leak.yaml").write_text(TASK.format(name=name))


@pytest.mark.parametrize("link", ["/proc/self", "/proc/1/../thread-self"])
def test_a_templates_folder_is_no_way_to_the_environment(project: Path, link: str) -> None:
    """In a process of its own: the environment that /proc shows is the one a process was started with."""
    commit(project, "{templates: t}", "environ")
    (project / "t").symlink_to(link)
    run = subprocess.run(
        command_line("plan", "-v"), capture_output=True, text=True, env={**os.environ, "TOKEN": CANARY}, check=False
    )
    assert run.returncode == 1, run.stdout
    assert CANARY not in run.stdout + run.stderr and "Traceback" not in run.stderr
    assert "symbolic link that leads out of the project" in " ".join(run.stderr.split())


def ways(project: Path) -> dict[str, tuple[str, str]]:
    """Spec and template name of every way to a file with the canary that was found."""
    outside = project.parent / "outside"
    (outside / "deep").mkdir(parents=True)
    (outside / "secret.txt").write_text(CANARY)
    (outside / "deep" / "secret.txt").write_text(CANARY)
    (project / ".git").mkdir()
    (project / ".git" / "config").write_text(CANARY)
    (project / ".env").write_text(CANARY)
    (project / "keys").mkdir()
    (project / "keys" / "relay").write_text(CANARY)
    (project / "keys" / "plan.key").write_text(CANARY)
    (project / "platform").mkdir()
    (project / "platform" / "server.yaml").write_text(f"{RELAY.replace('relay', 'platform')}# {CANARY}\n")
    for name, target in {
        "root": "/", "out": "../outside", "absolute": str(outside), "git": ".git", "env": ".env", "up": "..",
        "keys-too": "keys", "chain": "out", "inner/in": "../../outside",
    }.items():  # fmt: skip
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).symlink_to(target)
    for name, target in {
        "file.txt": "../../outside/secret.txt", "hidden.txt": "../.git/config", "env.txt": "../.env",
        "key.txt": "../keys/relay", "folder": "../../outside", "far": str(outside / "secret.txt"),
    }.items():  # fmt: skip
        (project / "templates" / name).symlink_to(target)
    below = str(outside).lstrip("/")
    return {
        "a link to the root": (f"{{templates: root/{below}}}", "secret.txt"),
        "a link to the root, the rest in the name": ("{templates: root}", f"{below}/secret.txt"),
        "a link out": ("{templates: out}", "secret.txt"),
        "a link out, deeper": ("{templates: out/deep}", "secret.txt"),
        "an absolute link out": ("{templates: absolute}", "secret.txt"),
        "a link to a link out": ("{templates: chain}", "secret.txt"),
        "a link out below a folder": ("{templates: inner/in}", "secret.txt"),
        "a link to the parent": ("{templates: up/outside}", "secret.txt"),
        "the parent": ("{templates: ../outside}", "secret.txt"),
        "an absolute path": (f"{{templates: {outside}}}", "secret.txt"),
        "the parent in the name": ("{}", "../../outside/secret.txt"),
        "an absolute name": ("{}", str(outside / "secret.txt")),
        "a file that is a link out": ("{}", "file.txt"),
        "a file that is an absolute link out": ("{}", "far"),
        "a folder below that is a link out": ("{}", "folder/secret.txt"),
        "version control": ("{templates: .git}", "config"),
        "version control by a link": ("{templates: git}", "config"),
        "version control from the project's folder": ("{templates: .}", ".git/config"),
        "version control by a file that is a link": ("{}", "hidden.txt"),
        "a hidden file": ("{templates: .}", ".env"),
        "a hidden file by a link": ("{templates: .}", "env"),
        "a hidden file by a link of the folder": ("{}", "env.txt"),
        "the secrets": ("{templates: keys}", "relay"),
        "the secrets by a link": ("{templates: keys-too}", "relay"),
        "the secrets by a file that is a link": ("{}", "key.txt"),
        "the platform file": ("{templates: platform}", "server.yaml"),
        "a key of saved plans": ("{templates: keys}", "plan.key"),
    }  # fmt: skip


WAYS = (
    "a link to the root", "a link to the root, the rest in the name", "a link out", "a link out, deeper",
    "an absolute link out", "a link to a link out", "a link out below a folder", "a link to the parent", "the parent",
    "an absolute path", "the parent in the name", "an absolute name", "a file that is a link out",
    "a file that is an absolute link out", "a folder below that is a link out", "version control",
    "version control by a link", "version control from the project's folder", "version control by a file that is a link",
    "a hidden file", "a hidden file by a link", "a hidden file by a link of the folder", "the secrets",
    "the secrets by a link", "the secrets by a file that is a link", "the platform file", "a key of saved plans",
)  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_no_template_is_a_way_out(project: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    spec, name = ways(project)[way]
    if "key of saved" not in way:
        monkeypatch.setenv("RECONCILER_SECRETS_DIR", str(project / "keys"))
    commit(project, spec, name)
    if way == "the platform file":
        monkeypatch.setenv("RECONCILER_PLATFORM", "platform/server.yaml")
        (project / "manifests" / "relay.yaml").unlink()
    for words in (
        ("validate",),
        ("plan", "-v"),
        ("render", "leak"),
        ("plan", "--format", FORMATS[len(way) % len(FORMATS)]),
    ):
        result = cli(*words)
        assert result.code == 1, (words, result.both)
        assert CANARY not in result.both
        said = " ".join(result.both.split())
        assert any(words in said for words in REFUSALS), said


def test_every_way_is_tried(project: Path) -> None:
    assert tuple(ways(project)) == WAYS


def test_links_that_stay_inside_are_followed(project: Path, cli: Cli) -> None:
    commit(project, "{templates: t}", "deep/hello.txt.j2")
    (project / "t").symlink_to("templates")
    (project / "words").mkdir()
    (project / "words" / "hello.txt.j2").write_text("Good morning")
    (project / "templates" / "deep").symlink_to(project / "words")
    assert cli("plan", "-v").code == 0
    assert "Good morning" in cli("render", "leak").out


def test_volumes_mounted_with_hidden_folders_are_read(project: Path, cli: Cli) -> None:
    """As Kubernetes mounts a ConfigMap: every file is a link through ``..data``."""
    commit(project, "{}", "hello.txt.j2")
    (project / "templates" / "..2027").mkdir()
    (project / "templates" / "..2027" / "hello.txt.j2").write_text("Good morning")
    (project / "templates" / "..data").symlink_to("..2027")
    (project / "templates" / "hello.txt.j2").symlink_to("..data/hello.txt.j2")
    assert "Good morning" in cli("render", "leak").out


if sys.platform != "linux":  # /proc is how Linux shows a process its environment
    del test_a_templates_folder_is_no_way_to_the_environment
