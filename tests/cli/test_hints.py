"""The next step a failure names is one that leads on."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.cli.conftest import STATE, Cli, contents


def test_a_dry_run_tells_the_mail_and_keeps_nothing(applied: Cli, project: Path) -> None:
    before = contents(project)[str(STATE)]
    result = applied("send", "notice", "--param", "day=Sunday", "--dry-run")
    assert "On Sunday, for 2 h, in Room 4." in result.out
    assert not re.search("msg_|queued|reconciler run", result.both)
    assert contents(project)[str(STATE)] == before


def test_send_does_not_deny_what_is_applied(cli: Cli, project: Path) -> None:
    for path in (project / "manifests").glob("*.yaml"):
        kept = [text for text in path.read_text().split("\n---\n") if "kind: Group" in text]
        path.write_text("\n---\n".join(kept))
    assert cli("apply", "--auto-approve").code == 0
    said = cli("send", "nothing").err
    assert "No EmailTask is applied" in said
    assert "Nothing is applied" not in said


def test_render_names_what_it_can_render(cli: Cli) -> None:
    for word in ("nope", "open-door", "SmtpServer/nope"):
        said = cli("render", word, "--format=json").json["error"]
        text = json.dumps(said)
        assert "reconciler show" not in text
        named = re.findall(r"[A-Z]\w+/[\w-]+", said["hint"])
        assert named
        assert [address for address in named if cli("render", address).code] == []
