"""What a pipeline can read and a pull request must not: searched for in all that any command writes, over hostile projects."""

from __future__ import annotations

import base64
import html
import json
import os
import quopri
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

import pytest

from reconciler.cli.app import run
from reconciler.testkit.capture import CapturedMail, CaptureServer
from tests.strangers.hostile import ATTACKS, Places, write_project

CANARIES = {
    "environment": "cnry-E/7Qm+4vX&2kT=9wZ<6hB>1nR%8pL",
    "secret": "cnry-S/3Jd+8fC&5gM=1yV<7sN>2xK%6tH",
    "beside": "cnry-B/9Wr+2bP&8zF=4jQ<3cL>6mD%5vG",
    "home": "cnry-H/5Tx+6nS&1qK=7rJ<8wM>4fY%2dC",
}
"""One for each place, with characters that every way of quoting changes."""

FORMATS = ("text", "json", "markdown", "html", "github", "sarif")
REPOSITORY = Path(__file__).parents[2]


def forms(canary: str) -> Iterator[bytes]:
    """The canary as it is, encoded, quoted in every way, reversed, and each half of it."""
    half = len(canary) // 2
    for text in (canary, canary[:half], canary[half:], canary[::-1]):
        yield text.encode()
        yield from {html.escape(text).encode(), quote(text, safe="").encode(), json.dumps(text)[1:-1].encode()}
        yield quopri.encodestring(text.encode()).rstrip(b"=\n")
        for shift in range(3):  # base64 of the text at any place in a longer one
            whole = base64.b64encode(b"\0" * shift + text.encode())
            yield whole[4 * bool(shift) : len(whole) // 4 * 4 - 4]


SEARCHED = {name: frozenset(forms(canary)) for name, canary in CANARIES.items()}


def found(data: bytes) -> list[str]:
    """Whose canary is in the data, in whatever form."""
    return [name for name, shapes in SEARCHED.items() if any(shape in data for shape in shapes)]


@pytest.fixture(scope="module")
def server() -> Iterator[CaptureServer]:
    with CaptureServer(login=("desk", CANARIES["secret"])) as running:
        yield running


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory, server: CaptureServer) -> Path:
    """A sound project, applied: copied for each attack."""
    folder = tmp_path_factory.mktemp("applied") / "project"
    write_project(folder, server.uri)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RECONCILER_SECRET_RELAY_PASSWORD", "not-looked-for")
        assert run(["-C", str(folder), "apply", "--auto-approve"]) == 0
    return folder


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    """The canaries laid out, and the environment that a pipeline has."""
    for name, file in (("secret", "secrets/relay-password"), ("beside", "beside.txt"), ("home", "home/token")):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text(CANARIES[name])
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PIPELINE_TOKEN", CANARIES["environment"])
    monkeypatch.setenv("RECONCILER_SECRETS_DIR", str(tmp_path / "secrets"))
    return Places(tmp_path / "secrets" / "relay-password", tmp_path / "beside.txt", tmp_path / "home" / "token")


def reading(out: Path) -> Iterator[list[str]]:
    """Every command that reads the project, in the order in which a pipeline would come to them; the last one applies it."""
    yield ["validate"]
    yield ["plan", "-v", *(f"--report={format}={out / f'plan.{format}'}" for format in FORMATS)]
    yield ["plan", "--format=json", f"--out={out / 'plan.out'}"]
    yield ["render", "notice", f"--out={out / 'mails'}"]
    yield ["fmt", "--diff"]
    yield ["apply", str(out / "plan.out")]
    yield ["apply", "--auto-approve", "--allow", "weakening"]


def using(out: Path) -> Iterator[list[str]]:
    """Every command that tells of what is applied or does something with it."""
    yield from (["show", "--format=json"], ["why", "EmailTask/notice"], ["history"], ["graph"], ["access"])
    yield ["send", "notice"]
    yield ["approvals", "request", "open-door", "--requester=kim@example.com", "--reason=Lunch"]
    yield ["run", "--once"]
    yield from (["deliveries", "list"], ["approvals", "list"], ["status"], ["audit", "list"], ["audit", "verify"])
    yield ["export", str(out / "exported")]
    yield ["state", "backup", str(out / "backup.db")]


def require_clean(out: Path, project: Path, said: bytes, mails: Sequence[CapturedMail]) -> None:
    """No canary in what was said, written, kept or mailed."""
    assert found(said) == [], said.decode(errors="replace")
    for path in (*out.rglob("*"), *project.rglob("*")):
        if path.is_file() and not path.is_symlink() and ".git" not in path.parts:
            assert found(path.read_bytes()) == [], path
    for mail in mails:
        assert found(mail.data) == [], mail.data


@pytest.mark.parametrize("name", ATTACKS)
def test_no_command_shows_what_a_hostile_project_reaches_for(
    name: str, tmp_path: Path, applied: Path, places: Places, server: CaptureServer, capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    project, out = tmp_path / "project", tmp_path / "out"
    shutil.copytree(applied, project, symlinks=True)
    out.mkdir()
    ATTACKS[name](project, places)
    before = [place.read_bytes() for place in places.all[:3]]
    if "prod:" in (project / "reconciler.yaml").read_text(errors="replace"):
        monkeypatch.setenv("RECONCILER_ENV", "prod")
    mailed = len(server.mails)
    capfd.readouterr()
    codes = [run(["-C", str(project), *words]) for words in reading(out)]
    if codes[-1] == 0:
        codes += [run(["-C", str(project), *words]) for words in using(out)]
    streams = capfd.readouterr()
    assert {*codes} <= {0, 1, 4, 6}, streams.err
    assert "Traceback" not in streams.out + streams.err
    require_clean(out, project, (streams.out + streams.err).encode(), server.mails[mailed:])
    assert [place.read_bytes() for place in places.all[:3]] == before


def test_the_search_finds_every_form() -> None:
    """A check that cannot fail would be none."""
    canary = CANARIES["home"]
    for text in (
        canary,
        canary[::-1],
        html.escape(canary),
        quote(canary),
        canary[:17],
        base64.b64encode(canary.encode()),
    ):
        data = text if isinstance(text, bytes) else text.encode()
        assert found(b"before " + data + b" after") == ["home"], text
    assert found(base64.b64encode(b"ab" + canary.encode() + b"c")) == ["home"]
    assert found(b"nothing of it: cnry-X") == []


def test_a_pipelines_own_environment_stays_its_own(tmp_path: Path, applied: Path) -> None:
    """As a process: the file of its variables holds what it was started with."""
    project = tmp_path / "project"
    shutil.copytree(applied, project)
    shutil.rmtree(project / "templates")
    (project / "templates").symlink_to("/proc/self")
    manifest = project / "manifests" / "tasks.yaml"
    manifest.write_text(manifest.read_text().replace("notice.txt.j2", "environ"))
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY), "PIPELINE_TOKEN": CANARIES["environment"]}
    run = subprocess.run(
        [sys.executable, "-m", "reconciler", "-C", str(project), "plan", "-v"],
        env=environment, capture_output=True, check=False,
    )  # fmt: skip
    assert run.returncode == 1
    assert found(run.stdout + run.stderr) == []
