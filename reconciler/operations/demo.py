"""demo: the whole product at work on this machine alone, one command after the other as a person would type them.

Works on a copy of the shipped manifests in which only the mail server's ``uri`` is replaced, against the capture server.
Every command is a process of its own, so that what is seen is what the command line really does.
"""

from __future__ import annotations

import email
import email.policy
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reconciler.model.errors import EnvironmentFault, NotFound, ReconcilerError
from reconciler.model.wording import Given, Sentence
from reconciler.sources.writing import write_files
from reconciler.testkit.capture import CapturedMail, CaptureServer

REQUESTER = "Kim Field <kim.field@example.com>"
TYPE = "execute-application"
FIELDS = (
    ("fileName", "npp.exe"),
    ("filePath", r"C:\Tools\npp.exe"),
    ("computer", "PC-0114"),
    ("policy", "Elevate unknown applications"),
)
REASON = "The build scripts of the billing team need it on Monday."
TASK = ("maintenance-notice", "day=Saturday")
EDITS = (
    ("manifests/maintenance.yaml", "Please save your work", "Please save your work by Friday evening"),
    (
        "manifests/people.yaml",
        "    - Second line <desk.second@example.com>\n",
        "    - Second line <desk.second@example.com>\n    - Third line <desk.third@example.com>\n",
    ),
)
"""What somebody changes in the copy: the file, the words that go and those that come."""

_URI = re.compile(r"^(\s*uri:\s*)(\S+)", re.MULTILINE)

Say = Callable[[str], None]


class DemoFailed(ReconcilerError):
    """A step of the demo did not do what it shows."""

    code = "demo"


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What the demo left: the copy of the project, the folder with the mails, and how many arrived."""

    project: Path
    mails: Path
    count: int


def run_demo(shipped: Path, folder: Path, say: Say) -> DemoResult:
    """Show everything on a copy of ``shipped`` (a folder with ``manifests/`` and ``templates/``) made in ``folder``.

    Raises `NotFound` when nothing is shipped there, `DemoFailed` when a step does not do what it should,
    `EnvironmentFault` when the folder cannot be written.
    """
    if not (shipped / "manifests").is_dir():
        raise NotFound(
            "No shipped manifests",
            f"The demo shows the manifests that come with the source; there are none in {shipped}.",
            "Run it in a clone of the repository: make demo",
        )
    project, mails = folder / "project", folder / "mails"
    try:
        mails.mkdir(parents=True)
        for name in ("manifests", "templates"):
            shutil.copytree(shipped / name, project / name)
    except OSError as fault:  # copytree tells every file in its own way
        detail = f"{folder} cannot be written: {fault.strerror or 'not all files could be copied'}."
        raise EnvironmentFault(
            "Cannot write the demo", detail, Sentence("Name another folder with ", Given("out"), ".")
        ) from fault
    with CaptureServer() as server:
        stage = _Stage(project, mails, server, say)
        stage.point_at_capture_server()
        stage.play()
        return DemoResult(project, mails, len(server.mails))


@dataclass
class _Stage:
    """The demo as it goes on. ``_kept`` counts the mails already written down."""

    project: Path
    mails: Path
    server: CaptureServer
    say: Say
    _kept: int = field(default=0)

    def point_at_capture_server(self) -> None:
        """Replace the one line that keeps the shipped manifests from running here, and say so."""
        changed = []
        for path in sorted((self.project / "manifests").rglob("*.yaml")):
            text = path.read_text(encoding="utf-8")
            for match in _URI.finditer(text):
                changed.append(f"{path.relative_to(self.project)}: uri: {match[2]} -> {self.server.uri}")
            path.write_text(_URI.sub(lambda m: m[1] + self.server.uri, text), encoding="utf-8")
        self.say(f"A copy of the shipped manifests is in {self.project}.")
        self.say("One thing is different in it, so that mail stays on this machine:")
        for line in changed:
            self.say(f"  {line}")
        self.say(
            "That address is a capture server: a real SMTP server that keeps what it is sent and passes nothing on."
        )

    def play(self) -> None:
        """The scenes, in order."""
        self._configure()
        request = self._ask()
        self._decide(request)
        self._change()
        self._send()
        self._look_back(request)

    def _configure(self) -> None:
        self._scene("The manifests are checked, planned and applied.")
        self._run("validate")
        self._run("plan")
        self._run("apply", "--auto-approve", quiet=True)
        self._run("plan")

    def _ask(self) -> str:
        self._scene("Somebody asks for something. Each approver gets one mail.")
        fields = [word for name, value in FIELDS for word in ("--field", f"{name}={value}")]
        self._run("approvals", "request", TYPE, "--requester", REQUESTER, "--reason", REASON, *fields)
        request = self._json("approvals", "list")["requests"][0]["id"]
        self._run("run", "--once")
        asked = self._arrived(at_least=1)
        if not all(request.encode() in mail.data for mail in asked):
            raise DemoFailed("A mail to an approver does not name the request", f"Look at the mails in {self.mails}.")
        self._run("approvals", "show", request)
        return str(request)

    def _decide(self, request: str) -> None:
        approver = self.server.mails[0].recipients[0]
        self._scene(f"One of them, {approver}, decides. The requester is told.")
        self._run("approvals", "approve", request, "--as", approver, "--comment", "Known tool, go ahead.")
        self._run("run", "--once")
        told = self._arrived(at_least=1)
        if not any("kim.field@example.com" in mail.recipients for mail in told):
            raise DemoFailed("The requester was not told the outcome", f"Look at the mails in {self.mails}.")

    def _change(self) -> None:
        self._scene("Somebody edits two manifests. The plan shows whom that lets decide, and the mail people will get.")
        self.say("")
        for name, old, new in EDITS:
            path = self.project / name
            text = path.read_text(encoding="utf-8")
            if old not in text:
                raise DemoFailed("A manifest of the demo is not as it was shipped", f"{name} does not hold “{old}”.")
            path.write_text(text.replace(old, new, 1), encoding="utf-8")
            self.say(f"  {name}: {' '.join(old.split())} -> {' '.join(new.split())}")
        self._run("plan")
        self._run("apply", "--auto-approve", quiet=True)

    def _send(self) -> None:
        self._scene("A task of its own is sent by hand.")
        self._run("send", TASK[0], "--param", TASK[1])
        self._arrived(at_least=1)

    def _look_back(self, request: str) -> None:
        self._scene("What happened is on record.")
        self._run("history")
        self._run("deliveries", "list")
        self._run("audit", "list")
        self._run("audit", "verify")
        state = self._json("approvals", "show", request)["state"]
        if state != "approved":
            raise DemoFailed("The request is not approved", f"Its state is {state}.")

    def _scene(self, title: str) -> None:
        self.say(f"\n── {title}")

    def _run(self, *words: str, quiet: bool = False) -> None:
        """Type a command, show what it prints. ``quiet``: only its last lines, where it repeats what was just seen."""
        self.say(f"\n$ {shlex.join(('reconciler', *words))}")
        done = self._process(words)
        output = (done.stdout + done.stderr).rstrip()
        for line in output.splitlines()[-2:] if quiet else output.splitlines():
            self.say(line)
        if done.returncode != 0:
            raise DemoFailed("A command of the demo failed", f"{shlex.join(words)} ended with {done.returncode}.")

    def _json(self, *words: str) -> Any:
        done = self._process((*words, "--format", "json"))
        return json.loads(done.stdout)

    def _process(self, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("RECONCILER_")}
        command = [sys.executable, "-m", "reconciler", *words]
        return subprocess.run(  # noqa: S603 - our own program with words of our own
            command, cwd=self.project, env=clean, text=True, capture_output=True, timeout=120, check=False
        )

    def _arrived(self, *, at_least: int) -> list[CapturedMail]:
        """The mails that came since the last look, written down and named."""
        new = list(self.server.mails[self._kept :])
        if len(new) < at_least:
            raise DemoFailed("A mail did not arrive", "The capture server did not get the mail this step sends.")
        self.say("")
        for mail in new:
            self._kept += 1
            self.say(f"  arrived: {_keep(mail, self.mails, self._kept)}")
        return new


def _keep(mail: CapturedMail, folder: Path, number: int) -> str:
    """Write the mail as .eml, text and HTML; one line that says what it is."""
    message = email.message_from_bytes(mail.data, policy=email.policy.default)
    name = f"{number:02d}-{re.sub(r'[^a-z0-9.]+', '-', mail.recipients[0].lower())}"
    files = {folder / f"{name}.eml": mail.data}
    for kind, ending in (("plain", "txt"), ("html", "html")):
        part = message.get_body((kind,))
        if part is not None:
            files[folder / f"{name}.{ending}"] = part.get_content().encode()
    write_files(files, None, private=True)
    return f"“{message['subject']}” for {', '.join(mail.recipients)} ({name}.eml)"
