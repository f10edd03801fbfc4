"""Every command that reads or writes a path, against every kind of thing that can stand there: one table."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from reconciler.cli.app import run
from tests.paths.strange import CANARY, KINDS, circumstances, everything

SERVER = """apiVersion: reconciler/v1
kind: SmtpServer
metadata: {name: NAME}
spec: {uri: "smtp://127.0.0.1:9", from: a@example.com, tls: {ca: ca.pem}}
"""
TASK = """apiVersion: reconciler/v1
kind: EmailTask
metadata: {name: news}
spec: {to: [a@example.com], subject: News, body: {text: news.txt}}
"""
OVERLAY = "apiVersion: reconciler/v1\nkind: EmailTask\nmetadata: {name: news}\nspec: {subject: Other news}\n"
PROJECT = """apiVersion: reconciler/v1
kind: Project
metadata: {name: mail}
spec: {environments: {staging: {overlays: [over], mail: {deliver: all}}}}
"""
STRANGERS = {"link in", "relative link in", "file of another"}
"""What is read although a stranger may have made it; everything else is refused."""

NAMED = STRANGERS | {"link out", "link to a hidden file"}
"""The same for what a person or the environment named."""

PLACES: dict[str, tuple[set[str], tuple[tuple[str, ...], ...]]] = {
    "reconciler.yaml": (STRANGERS, (("validate",), ("fmt", "--check", "--diff"), ("plan", "--format", "markdown"))),
    "acknowledgements.yaml": (STRANGERS, (("plan",), ("fmt", "--diff"))),
    "manifests/news.yaml": (STRANGERS, (("validate",), ("fmt", "manifests/news.yaml"), ("apply", "--auto-approve"), ("graph",))),
    "over/news.yaml": (STRANGERS, (("plan", "-v"), ("fmt", "over"))),
    "templates/news.txt": (STRANGERS, (("validate",), ("plan", "--format", "html"), ("render", "news"))),
    "ca.pem": (STRANGERS, (("plan",),)),
    "manifests": (STRANGERS, (("validate",), ("plan",), ("fmt", "manifests"))),
    "templates": (STRANGERS, (("plan", "-v"),)),
    "over": (STRANGERS, (("plan",), ("fmt",))),
    "change.plan": (NAMED, (("apply", "change.plan"),)),
    "platform.yaml": (NAMED, (("validate",), ("plan",))),
}  # fmt: skip
"""By place: the kinds that are read there, and commands that read it."""

FOLDERS = ("manifests", "templates", "over")
NOT_OF_FOLDERS = {"folder", "huge file", "vanishing file"}


@dataclass
class Ground:
    """A project that is in order, beside what lies outside it."""

    folder: Path

    @property
    def outside(self) -> Path:
        return self.folder.parent / "outside"

    def lay(self, certificate: str) -> None:
        for name, text in {
            "reconciler.yaml": PROJECT, "acknowledgements.yaml": "[]\n", "manifests/news.yaml": TASK,
            "over/news.yaml": OVERLAY,
            "templates/news.txt": "All is well.\n", "ca.pem": certificate,
            "manifests/relay.yaml": SERVER.replace("NAME", "relay"),
            "../outside/secret.txt": CANARY,
        }.items():  # fmt: skip
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)


@pytest.fixture(scope="module")
def certificate() -> str:
    trustme = pytest.importorskip("trustme")
    return str(trustme.CA().cert_pem.bytes().decode())


@pytest.fixture
def ground(monkeypatch: pytest.MonkeyPatch, certificate: str) -> Iterator[Ground]:
    """Where somebody else can go too, unlike into the folders that pytest makes."""
    above = Path(tempfile.mkdtemp(prefix="paths-"))
    above.chmod(0o755)
    ground = Ground(above / "project")
    ground.lay(certificate)
    (above / "state").mkdir(mode=0o777)
    (above / "state").chmod(0o777)
    monkeypatch.chdir(ground.folder)
    monkeypatch.setenv("RECONCILER_ENV", "staging")
    monkeypatch.setenv("RECONCILER_PLAN_KEY", "k" * 32)
    yield ground
    shutil.rmtree(above)


def ran(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """Exit code and all output, made in bounded time."""
    capsys.readouterr()
    before = time.process_time()
    code = run(list(words))
    took = time.process_time() - before
    out = "".join(capsys.readouterr())
    assert took < 2, (words, took)
    assert "Traceback" not in out and "bug in reconciler" not in out, out
    assert CANARY not in out
    return code, out


def prepare(place: str, ground: Ground, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    if place == "change.plan":
        assert ran(capsys, "plan", "--out", "change.plan")[0] == 0
    if place == "platform.yaml":
        (ground.folder / "manifests" / "relay.yaml").unlink()
        (ground.folder / place).write_text(SERVER.replace("NAME", "platform").replace(", tls: {ca: ca.pem}", ""))
        monkeypatch.setenv("RECONCILER_PLATFORM", place)


CASES = [(place, kind) for place in PLACES for kind in KINDS if not (place in FOLDERS and kind in NOT_OF_FOLDERS)]


@pytest.mark.parametrize(("place", "kind"), CASES)
def test_what_is_read(
    ground: Ground, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, place: str, kind: str
) -> None:
    if kind == "file of another" and os.geteuid() != 0:
        pytest.skip("only root can give files away")
    prepare(place, ground, capsys, monkeypatch)
    read, commands = PLACES[place]
    monkeypatch.setenv("TOKEN", CANARY)
    KINDS[kind](ground.folder / place)
    before = everything(ground.outside)
    found = (ground.folder / place).read_bytes() if kind == "vanishing file" else b""
    for words in commands:
        if found:
            (ground.folder / place).write_bytes(found)
        with circumstances(kind, ground.folder / place, monkeypatch):
            code, out = ran(capsys, *words)
        assert everything(ground.outside) == before
        if kind in read:
            assert code in (0, 3), (words, out)  # fmt --check: 3 where a file would change
        else:
            assert code in ((1, 6) if place == "change.plan" else (1,)), (words, out)
            assert "error: " in out or "::error" in out or "cannot be planned" in out or "No plan" in out, out
