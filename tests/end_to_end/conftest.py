"""A harbour office's project, written from the manuals, against a server that demands STARTTLS and a login."""

from __future__ import annotations

import json
import shutil
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import trustme

from reconciler.cli.app import run
from reconciler.testkit.capture import CaptureServer
from tests.support.nursery import ENVIRONMENT, Child, nursery

HERE = Path(__file__).parent
PASSWORD = "salt-and-tar"
VARIABLE = "RECONCILER_SECRET_HARBOUR_PASSWORD"


@dataclass(frozen=True)
class Mail:
    """A mail that arrived: for whom, how, and what it says."""

    to: tuple[str, ...]
    encrypted: bool
    user: str
    sender: str
    message: EmailMessage

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    def body(self, kind: str = "plain") -> str:
        part = self.message.get_body((kind,))
        assert part is not None
        return str(part.get_content())


@dataclass
class Harbour:
    """The project's folder, and what arrived since somebody last looked."""

    folder: Path
    server: CaptureServer
    seen: int = field(default=0)

    def arrived(self) -> list[Mail]:
        new = self.server.mails[self.seen :]
        self.seen += len(new)
        return [
            Mail(each.recipients, each.encrypted, each.user, each.sender, _parsed(each.data))
            for each in sorted(new, key=lambda mail: mail.recipients)
        ]

    def arrived_for(self) -> dict[str, str]:
        """Subjects by recipient."""
        return {mail.to[0]: mail.subject for mail in self.arrived()}

    def process(self, *words: str) -> Child:
        """The command line as a process of its own, which has ended."""
        child = nursery().start(
            ["-m", "reconciler", *words], self.folder.parent / "said", errors=self.folder.parent / "errors",
            env={**ENVIRONMENT, VARIABLE: PASSWORD}, cwd=self.folder,
        )  # fmt: skip
        child.wait(60)
        return child


def _parsed(data: bytes) -> EmailMessage:
    message = message_from_bytes(data, policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def settle_in(folder: Path, server: CaptureServer, authority: trustme.CA) -> Harbour:
    """The project in a folder, pointed at the server."""
    shutil.copytree(HERE / "project", folder)
    (folder / "certs").mkdir()
    authority.cert_pem.write_to_path(str(folder / "certs" / "authority.pem"))
    mail = folder / "manifests" / "mail.yaml"
    mail.write_text(mail.read_text().replace("PORT", str(server.port)))
    return Harbour(folder, server)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def server(authority: trustme.CA) -> Iterator[CaptureServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with CaptureServer(context=context, login=("harbour-office", PASSWORD)) as running:
        yield running


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory, server: CaptureServer, authority: trustme.CA) -> Harbour:
    """Nothing is applied yet."""
    return settle_in(tmp_path_factory.mktemp("new") / "harbour", server, authority)


@pytest.fixture
def harbour(tmp_path: Path, server: CaptureServer, authority: trustme.CA) -> Harbour:
    """A project of its own for each test, nothing applied; the server is everybody's."""
    made = settle_in(tmp_path / "harbour", server, authority)
    made.arrived()
    made.seen = len(server.mails)
    return made


Command = Callable[..., Any]


@pytest.fixture
def type_in(harbour: Harbour, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs one command line in this process; its JSON document. ``code`` is the exit code it must have."""
    monkeypatch.chdir(harbour.folder)
    monkeypatch.setenv(VARIABLE, PASSWORD)

    def typed(*words: str, code: int = 0) -> Any:
        capsys.readouterr()
        got = run([*words, "--format=json"])
        out, err = capsys.readouterr()
        assert got == code, out + err
        assert "Traceback" not in err
        return json.loads(out)

    return typed
