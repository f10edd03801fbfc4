"""Off a terminal nothing a stranger wrote is printed as what a CI runner obeys, whichever command prints it."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

import pytest

from reconciler.cli.app import run

ANYWHERE = re.compile(r"##(\[|vso\[|teamcity\[)", re.IGNORECASE)
LEADING = re.compile(r"(?:\A|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029])\s*::(?!(?:error|warning|notice) title=)")
SAID = "##[set-output name=a]b ##vso[x]y ##teamcity[z] "

MANIFEST = f"""
kind: SmtpServer
metadata: {{name: relay, title: "{SAID}"}}
spec: {{uri: "smtp://127.0.0.1:PORT", from: "{SAID} <desk@example.com>", tls: {{mode: none}}}}
---
kind: EmailTask
metadata: {{name: news, title: "::error::title", labels: {{}}, description: "::warning::{SAID}"}}
spec:
  smtpServer: relay
  to: a@example.com
  subject: "::error::{SAID}"
  body: "words\\n::set-output name=x::y\\n  ::debug::{SAID}\\n {"word " * 15} ::error::wrapped\\n"
---
kind: Group
metadata: {{name: people}}
spec: {{members: ["{SAID} <a@example.com>"]}}
---
kind: ApprovalType
metadata: {{name: access, title: "{SAID}"}}
spec: {{process: manager}}
---
kind: ApprovalProcess
metadata: {{name: manager}}
spec: {{stages: [{{name: first, approvers: [{{group: people}}]}}], selfApproval: true}}
"""
WHY = f"::error::{SAID}"
ASKED = ("access", "--requester", "b@example.com", "--reason", WHY)
COMMANDS = (
    ("validate",), ("plan",), *(("plan", f"--format={format}") for format in ("json", "markdown", "html", "github", "sarif")),
    ("plan", "--report", "text=plan.txt"), ("fmt", "--check", "--diff"), ("apply", "--auto-approve"), ("show",),
    ("show", "EmailTask/news"), ("show", "EmailTask/news", "--format=json"), ("access",), ("history",), ("why", "EmailTask/news"),
    ("graph", "--format=dot"), ("render", "news"), ("render", "news", "--format=json"), ("send", "news", "-v"),
    ("send", "news", "--dry-run"), ("suspend", "EmailTask/news", "--reason", WHY), ("status",), ("resume", "EmailTask/news"),
    ("approvals", "request", *ASKED), ("approvals", "list"), ("run", "--once", "-v"), ("deliveries", "list"), ("audit", "list"),
    ("audit", "list", "--format=json"), ("export", "--out", "::error::out"), ("rollback", "1", "--auto-approve"),
    (f"##[nonsense]{SAID}",), ("show", f"\n{WHY}"), ("-C", f"\r{WHY}", "plan", "--format=github"), ("--help",),
    ("send", "--help"), ("explain", "EmailTask"), ("completion", "bash"), ("schema", "EmailTask"), ("init", WHY),
)  # fmt: skip


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, silent_port: int) -> Path:
    monkeypatch.chdir(tmp_path)
    manifests = tmp_path / "manifests"
    manifests.mkdir()
    text = "---\n".join(
        f"apiVersion: reconciler/v1\n{part.strip()}\n"
        for part in MANIFEST.replace("PORT", str(silent_port)).split("\n---\n")
    )
    (manifests / "##[command]all.yaml").write_text(text)
    return tmp_path


def obeyed(text: str) -> list[str]:
    return [
        text[max(0, found.start() - 40) : found.end() + 40]
        for pattern in (ANYWHERE, LEADING)
        for found in pattern.finditer(text)
    ]


def test_no_command_prints_what_a_runner_obeys(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    codes, seen = {}, {}
    for words in COMMANDS:
        codes[words] = run(list(words))
        out, err = capsys.readouterr()
        seen |= {found: words for text in (out, err) for found in obeyed(text)}
        if "json" in words[-1]:
            json.loads(out)
    assert seen == {}
    assert not [words for words, code in codes.items() if code == 70]
    assert {code for words, code in codes.items() if words[0] in ("apply", "show", "send", "suspend", "render")} == {
        0,
        1,
    }
    assert obeyed((project / "plan.txt").read_text()) == []


def test_every_output_is_reached(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The words themselves stay readable: it is their beginning alone that a space breaks."""
    assert run(["plan"]) == 0
    assert "## [set-output name=a]b ## vso[x]y ## teamcity[z]" in capsys.readouterr().out


def test_on_a_terminal_words_stay_as_they_are(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(os, "get_terminal_size", lambda: os.terminal_size((200, 50)))
    assert run(["plan"]) == 0
    assert "##[set-output name=a]b" in capsys.readouterr().out


def test_a_failed_plan_in_annotations_begins_with_ours_alone(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "manifests" / "bad.yaml").write_text(f'kind: "\\n::error::{SAID}"\n"::x": "{SAID}"\n')
    assert run(["plan", "--format=github"]) == 1
    out = capsys.readouterr().out
    assert out.count("::error ") == len(out.splitlines()) > 0
    assert not ANYWHERE.search(out)
