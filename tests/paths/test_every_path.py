"""Every command that reads or writes a path, against every kind of thing that can stand there: one table."""

from __future__ import annotations

import os
import resource
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from reconciler.cli.app import run
from reconciler.cli.settings import PLAN_FORMATS
from tests.paths.strange import CANARY, KINDS, circumstances, everything

SERVER = """apiVersion: reconciler/v1
kind: SmtpServer
metadata: {name: NAME}
spec: {uri: "smtp://127.0.0.1:PORT", from: a@example.com, tls: {ca: ca.pem}}
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
    "reconciler.yaml": (STRANGERS, (("validate",), ("fmt", "--check", "--diff"))),
    "acknowledgements.yaml": (STRANGERS, (("plan",), ("fmt", "--diff"))),
    "manifests/news.yaml": (STRANGERS, (("validate",), ("fmt", "manifests/news.yaml"))),
    "over/news.yaml": (STRANGERS, (("validate",), ("fmt", "over"))),
    "templates/news.txt": (STRANGERS, (("plan", "--format", "html"),)),
    "ca.pem": (STRANGERS, (("validate",),)),
    "manifests": (STRANGERS, (("validate",), ("fmt", "manifests"))),
    "templates": (STRANGERS, (("validate",),)),
    "over": (STRANGERS, (("validate",), ("fmt",))),
    "change.plan": (NAMED, (("apply", "change.plan"),)),
    "platform.yaml": (NAMED, (("validate",),)),
}  # fmt: skip
"""By place: the kinds that are read there, and commands that read it."""

COMMANDS = (
    ("validate",), ("plan",), ("plan", "-v"), *(("plan", "--format", each) for each in PLAN_FORMATS), ("plan", "--out", "x.plan"),
    *(("plan", "--report", f"{each}=x.report") for each in PLAN_FORMATS), ("apply", "--auto-approve"), ("render", "news"),
    ("render", "news", "--out", "mails"), ("fmt",), ("fmt", "manifests"), ("export",), ("export", "copy"), ("graph",),
    ("access",), ("show",), ("send", "news"), ("run", "--once"), ("status",), ("explain", "EmailTask"), ("schema",),
    ("init", "new"),
    ("state", "backup", "x.db"),
)  # fmt: skip
"""Every command that reads or writes a path."""

FOLDERS = ("manifests", "templates", "over")
NOT_OF_FOLDERS = {"folder", "huge file", "vanishing file"}


@dataclass
class Ground:
    """A project that is in order, beside what lies outside it."""

    folder: Path

    @property
    def outside(self) -> Path:
        return self.folder.parent / "outside"

    def lay(self, certificate: str, port: int) -> None:
        for name, text in {
            "reconciler.yaml": PROJECT, "acknowledgements.yaml": "[]\n", "manifests/news.yaml": TASK,
            "over/news.yaml": OVERLAY,
            "templates/news.txt": "All is well.\n", "ca.pem": certificate,
            "manifests/relay.yaml": SERVER.replace("NAME", "relay").replace("PORT", str(port)),
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
def ground(monkeypatch: pytest.MonkeyPatch, certificate: str, silent_port: int) -> Iterator[Ground]:
    """Where somebody else can go too, unlike into the folders that pytest makes."""
    above = Path(tempfile.mkdtemp(prefix="paths-"))
    above.chmod(0o755)
    ground = Ground(above / "project")
    ground.lay(certificate, silent_port)
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
        (ground.folder / place).write_text(
            SERVER.replace("NAME", "platform").replace("PORT", "25").replace(", tls: {ca: ca.pem}", "")
        )
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


@pytest.mark.parametrize("place", ["manifests/news.yaml", "templates/news.txt", "templates"])
def test_no_command_lets_a_link_out_pass(ground: Ground, capsys: pytest.CaptureFixture[str], place: str) -> None:
    assert ran(capsys, "apply", "--auto-approve")[0] == 0
    path = ground.folder / place
    KINDS["link out"](path)
    kept = ground.outside / "kept"
    text = f"{CANARY} {{{{ environment }}}}"
    (kept / "news.txt" if kept.is_dir() else kept).write_text(text)
    before = everything(ground.outside)
    for words in COMMANDS:
        ran(capsys, *words)
        assert everything(ground.outside) == before, words
    assert not [name for name, (_, content) in everything(ground.folder).items() if CANARY.encode() in content]


def written_over(ground: Ground, place: Path) -> dict[str, Callable[[], object]]:
    """What may stand where an output goes, beside the good file outside."""
    secret = ground.outside / "secret.txt"
    return {
        "nothing": lambda: None,
        "a file": lambda: place.write_text("old"),
        "a link out": lambda: place.symlink_to(secret),
        "a link to nothing outside": lambda: place.symlink_to(ground.outside / "new"),
        "a link in": lambda: place.symlink_to("ca.pem"),
        "a loop": lambda: place.symlink_to(place.name),
        "a link to a device": lambda: place.symlink_to("/dev/null"),
        "a pipe": lambda: os.mkfifo(place),
        "a socket": lambda: (place.touch(), KINDS["socket"](place)),
        "a folder": place.mkdir,
    }


OVER = ("nothing", "a file", "a link out", "a link to nothing outside", "a link in", "a loop", "a link to a device", "a pipe",
        "a socket", "a folder")  # fmt: skip
REPLACED = set(OVER) - {"a pipe", "a socket", "a folder"}
OUTPUTS = (
    ("plan", "--out", "{}"), *(("plan", "--report", each + "={}") for each in PLAN_FORMATS), ("schema", "--out", "{}"),
)  # fmt: skip


@pytest.mark.parametrize("what", OVER)
def test_what_is_written_over(ground: Ground, capsys: pytest.CaptureFixture[str], what: str) -> None:
    outside, certificates = everything(ground.outside), (ground.folder / "ca.pem").read_bytes()
    for number, words in enumerate(OUTPUTS if what in ("a link out", "a pipe") else OUTPUTS[:2]):
        place = ground.folder / f"x{number}"
        written_over(ground, place)[what]()
        code, out = ran(capsys, *(word.format(place.name) for word in words))
        assert everything(ground.outside) == outside
        assert (ground.folder / "ca.pem").read_bytes() == certificates
        assert not list(ground.folder.glob(".reconciler-*"))
        if what in REPLACED:
            assert code == 0, (words, out)
            assert place.is_file() and not place.is_symlink() and place.stat().st_size > 10
            assert stat.S_IMODE(place.stat().st_mode) == (0o600 if "--out" in words and words[0] == "plan" else 0o644)
        else:
            assert (code, "error: " in out) == (1, True), (words, out)


WAYS = (
    ("plan", "--out", "way/x"), ("plan", "--report", "html=way/x"), ("schema", "--out", "way/x"),
    ("render", "news", "--out", "way"), ("render", "news", "--out", "way/new"), ("export", "way"), ("export", "way/new"),
    ("state", "backup", "way/x.db"), ("export", "builtin:approval-request.html", "way/new/x.j2"),
)  # fmt: skip


@pytest.mark.parametrize("lead", ["../outside", "..", ".git", "absolute"])
def test_no_folder_on_the_way_leads_out(ground: Ground, capsys: pytest.CaptureFixture[str], lead: str) -> None:
    assert ran(capsys, "apply", "--auto-approve")[0] == 0
    (ground.folder / ".git").mkdir()
    (ground.folder / "way").symlink_to(ground.outside if lead == "absolute" else lead)
    outside = everything(ground.outside)
    for words in WAYS:
        code, out = ran(capsys, *words)
        assert (code, "error: " in out) == (1, True), (words, out)
        assert everything(ground.outside) == outside
        assert sorted(path.name for path in ground.folder.parent.iterdir()) == ["outside", "project", "state"]
        assert not list((ground.folder / ".git").iterdir())


def test_folders_that_stay_inside_are_ways(ground: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    (ground.folder / "real").mkdir()
    (ground.folder / "way").symlink_to("real")
    (ground.folder / ".cache").mkdir()
    for words in (
        ("plan", "--out", "way/x"),
        ("render", "news", "--out", "way/new/mails"),
        ("plan", "--report", "text=.cache/x"),
    ):
        assert ran(capsys, *words)[0] == 0, words
    assert stat.S_IMODE((ground.folder / "real/x").stat().st_mode) == 0o600
    mails = list((ground.folder / "real/new/mails").iterdir())
    assert {stat.S_IMODE(path.stat().st_mode) for path in mails} == {0o600}


@pytest.mark.parametrize("words", [("render", "news", "--out", "mails"), ("export", "copy"), ("init", "new")])
def test_what_was_planted_where_several_files_go_is_not_followed(
    ground: Ground, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    assert ran(capsys, "apply", "--auto-approve")[0] == 0
    folder = ground.folder / words[-1]
    assert ran(capsys, *words)[0] == 0
    names = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    shutil.rmtree(folder)
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to(ground.outside / "secret.txt")
    outside = everything(ground.outside)
    ran(capsys, *words)
    assert everything(ground.outside) == outside
    shutil.rmtree(folder)
    if words[0] != "render":
        folder.mkdir()
        (folder / ("manifests" if words[0] == "init" else "EmailTask")).symlink_to(ground.outside)
        ran(capsys, *words)
        assert everything(ground.outside) == outside


@pytest.mark.parametrize(
    "words", [("plan", "--out", "x"), ("plan", "--report", "html=x"), ("schema", "--out", "x"), ("fmt",)]
)
def test_a_full_disk_leaves_what_was_there(
    ground: Ground, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    (ground.folder / "x").write_text("old")
    before = everything(ground.folder)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20, limits[1]))  # as a disk with no room for more
    try:
        code, out = ran(capsys, *words)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (code, "file too large" in " ".join(out.split())) == (1, True), out
    assert everything(ground.folder) == before


def test_streams_and_devices_are_written_directly(ground: Ground, capfd: pytest.CaptureFixture[str]) -> None:
    for name in ("-", "/dev/stdout", "/dev/fd/1"):
        capfd.readouterr()
        assert run(["schema", "plan", "--out", name]) == 0
        assert '"A plan of reconciler"' in capfd.readouterr().out
    assert run(["schema", "plan", "--out", "/dev/null"]) == 0
    assert run(["plan", "--report", "json=/dev/full"]) == 1
    assert "no space left on device" in capfd.readouterr().err
    assert not (ground.folder / "-").exists()


def test_rights_that_a_file_had_stay(ground: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    (ground.folder / "x").write_text("old")
    (ground.folder / "x").chmod(0o640)
    assert ran(capsys, "plan", "--report", "html=x")[0] == 0
    assert stat.S_IMODE((ground.folder / "x").stat().st_mode) == 0o640


def test_what_killed_runs_left_goes_with_a_later_one(ground: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = (ground.folder / f".reconciler-{digit * 16}.part" for digit in "ab")
    for path in (old, new):
        path.write_text("half a file")
    os.utime(old, (time.time() - 4000,) * 2)
    assert ran(capsys, "plan", "--out", "x")[0] == 0
    assert (old.exists(), new.exists()) == (False, True)
