"""Wrong use of what is applied, and a state or a mail server that does not do its part: said, recorded, nothing half done."""

from __future__ import annotations

import shlex
import sqlite3
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
import trustme

from reconciler.testkit.capture import CaptureServer
from tests.cli.conftest import STATE, Cli, Hold, command_line, contents, edit

ASK = ("approvals", "request", "open-door")
KIM = ("--requester", "kim@example.org", "--reason", "Lunch")


def refused(cli: Cli, project: Path, words: tuple[str, ...], *said: str, code: int = 1) -> None:
    """The command line fails in text and JSON, says all of this, and leaves the state as it was."""
    before = contents(project)[str(STATE)]
    for format in ("text", "json"):
        result = cli(*words, f"--format={format}")
        assert result.code == code
        shown = result.err.replace("\n    ", " ") if format == "text" else result.out
        assert [words for words in said if words not in shown] == []
    assert contents(project)[str(STATE)] == before


class TestRequests:
    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (("approvals", "request", "opendoor", *KIM), ("Unknown approval type", "Did you mean", "open-door")),
            ((*ASK, *KIM), ("door: required, and missing (integer, such as 4)",)),
            ((*ASK, *KIM, "--field", "door="), ("door: required, and missing",)),
            ((*ASK, *KIM, "--field", "door=four"), ("door: ", "Fields of ApprovalType/open-door")),
            ((*ASK, *KIM, "--field", "door=true"), ("door: ",)),
            ((*ASK, *KIM, "--field", "door=4.5"), ("door: ",)),
            ((*ASK, *KIM, "--field", "door=100"), ("door: ", "99")),
            ((*ASK, *KIM, "--field", "door=4", "--field", "dor=5"), ("dor: not a field of this type", "Did you mean")),
            ((*ASK, *KIM, "--field", "door"), ("not of the form NAME=VALUE",)),
            ((*ASK, "--requester", "kim", "--reason", "x", "--field", "door=4"), ("--requester is not an e-mail address",)),
            ((*ASK, "--requester", "kim@example.org", "--field", "door=4"), ("reason",)),
            ((*ASK, "--requester", "a@example.com\nBcc: b@example.com", "--reason", "x", "--field", "door=4"),
             ("line break",)),
        ],
    )  # fmt: skip
    def test_wrong_ones_are_refused(
        self, applied: Cli, project: Path, words: tuple[str, ...], said: tuple[str, ...]
    ) -> None:
        refused(applied, project, words, *said)
        assert applied("approvals", "list").out == "No requests.\n"

    @pytest.mark.parametrize(
        "words",
        [
            (*ASK, "--requester", "kim@example.org", "--reason", "\udcff"),
            (*ASK, *KIM, "--field", "door=\udcff"),
            ("approvals", "show", "\udcff"),
            ("approvals", "cancel", "\udcff"),
            ("deliveries", "list", "--request", "\udcff"),
            ("deliveries", "show", "\udcff"),
        ],
    )
    def test_what_is_no_text_is_refused(self, applied: Cli, project: Path, words: tuple[str, ...]) -> None:
        refused(applied, project, words, "An argument is not valid text", "\\udcff")

    def test_a_type_that_was_never_applied(self, cli: Cli, project: Path) -> None:
        result = cli(*ASK, *KIM, "--field", "door=4")
        assert result.code == 1
        assert "apply" in result.err
        assert not (project / STATE).exists()


class TestDecisions:
    def test_only_by_an_approver(self, applied: Cli, project: Path, request_id: str) -> None:
        for person in ("kim@example.org", "third@example.com", "first@example.com.org"):
            refused(applied, project, ("approvals", "approve", request_id, "--as", person), person)

    def test_not_by_what_is_no_address(self, applied: Cli, project: Path, request_id: str) -> None:
        refused(
            applied, project, ("approvals", "approve", request_id, "--as", "first"), "--as is not an e-mail address"
        )

    @pytest.mark.parametrize("spelling", ["first@example.com", "FIRST@EXAMPLE.COM", "First <first+x@example.com>"])
    def test_not_twice(self, applied: Cli, project: Path, request_id: str, spelling: str) -> None:
        assert applied("approvals", "approve", request_id, "--as", "first@example.com").code == 0
        refused(applied, project, ("approvals", "approve", request_id, "--as", spelling), "first")
        refused(applied, project, ("approvals", "deny", request_id, "--as", spelling, "--comment", "no"), "first")

    def test_not_after_the_end(self, applied: Cli, project: Path, request_id: str) -> None:
        applied("approvals", "deny", request_id, "--as", "first@example.com", "--comment", "No.")
        refused(applied, project, ("approvals", "approve", request_id, "--as", "second@example.com"), "denied")
        refused(applied, project, ("approvals", "cancel", request_id), "denied")

    def test_a_denial_needs_a_comment(self, applied: Cli, project: Path, request_id: str) -> None:
        refused(applied, project, ("approvals", "deny", request_id, "--as", "first@example.com"), "--comment")

    def test_of_a_request_that_is_none(self, applied: Cli, project: Path) -> None:
        for words in (("approve", "req_1", "--as", "first@example.com"), ("cancel", "req_1"), ("show", "req_1")):
            refused(applied, project, ("approvals", *words), "There is no request “req_1”.", "approvals list")


class TestTasks:
    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (("send", "notise", "--param", "day=x"), ("Unknown resource", "Did you mean", "notice")),
            (("send", "ask"), ("Not a task of its own",)),
            (("send", "notice"), ("day: it is required and not given",)),
            (("send", "notice", "--param", "day=x", "--param", "hours=x"), ("hours: ",)),
            (("send", "notice", "--param", "day=x", "--to", "nobody"), ("--to is not an e-mail address",)),
            (("send", "notice", "--param", "day"), ("not of the form NAME=VALUE",)),
            (("render", "notise"), ("Unknown resource", "Did you mean")),
            (("deliveries", "show", "msg_1"), ("msg_1", "deliveries list")),
        ],
    )
    def test_wrong_use_is_refused(
        self, applied: Cli, project: Path, words: tuple[str, ...], said: tuple[str, ...]
    ) -> None:
        refused(applied, project, words, *said)
        assert applied("deliveries", "list").out == "No messages.\n"

    def test_a_mail_that_cannot_be_written_is_a_run_that_failed(self, applied: Cli) -> None:
        """Nothing was wrong with the words: it is recorded, and nothing is sent."""
        result = applied("send", "notice", "--param", "day=x\nBcc: b@example.com")
        assert result.code == 1 and "line break" in result.err
        assert applied("deliveries", "list").out == "No messages.\n"
        assert applied("audit", "list", "--format=json").json["entries"][-1]["event"] == "task.failed"


class TestState:
    def test_of_a_newer_version_is_read_by_nobody(self, applied: Cli, project: Path, changed: None) -> None:
        with sqlite3.connect(project / STATE) as database:
            database.execute("PRAGMA user_version = 999")
        database.close()
        for words in (("plan",), ("apply", "--auto-approve"), ("show",), ("run", "--once"), ("run",), ("audit", "verify"),
                      ("approvals", "list"), (*ASK, *KIM, "--field", "door=4")):  # fmt: skip
            refused(applied, project, words, "newer reconciler", "Upgrade reconciler")

    def test_that_is_no_database(self, applied: Cli, project: Path) -> None:
        (project / "other.db").write_text("just text " * 1000)
        for words in (("plan",), ("apply", "--auto-approve"), ("run", "--once")):
            result = applied(*words, "--state", "sqlite:other.db")
            assert result.code == 1
            assert "other.db" in result.err
        assert (project / "other.db").read_text().startswith("just text")

    def test_locked_by_a_living_process(self, applied: Cli, project: Path, hold: Hold, changed: None) -> None:
        token = hold()
        refused(applied, project, ("apply", "--auto-approve"), "The state is locked", "sam (process ", "on desk-1",
                f"reconciler state unlock {token}", "--lock-timeout", code=5)  # fmt: skip
        waited = applied("apply", "--auto-approve", "--lock-timeout", "1s")
        assert waited.code == 5
        assert "Waiting for the lock, held by sam" in waited.err

    def test_locked_by_a_dead_process_is_taken_over_and_said_so(self, applied: Cli, hold: Hold, changed: None) -> None:
        ended = subprocess.Popen([sys.executable, "-c", "pass"])
        ended.wait()
        hold(process=ended.pid, since="boot:1")
        result = applied("apply", "--auto-approve")
        assert result.code == 0
        assert "Took over the lock of sam" in result.err
        assert "has ended without giving it back" in result.err

    def test_locked_by_a_process_whose_number_is_used_again(self, applied: Cli, hold: Hold, changed: None) -> None:
        hold(since="another-boot:1")
        assert applied("apply", "--auto-approve").code == 0

    def test_locked_by_another_host_until_it_is_unlocked(
        self, applied: Cli, project: Path, hold: Hold, changed: None
    ) -> None:
        token = hold(host="build-7", process=1, since="boot:1")
        refused(applied, project, ("apply", "--auto-approve"), "on build-7", code=5)
        refused(applied, project, ("state", "unlock", "lock_2"), "No such lock", token)
        assert applied("state", "unlock", token).out == f"Unlocked: {token} no longer holds the state.\n"
        assert applied("apply", "--auto-approve").code == 0

    def test_readers_do_not_mind_a_lock(self, applied: Cli, hold: Hold, changed: None) -> None:
        hold()
        for words in (("plan",), ("show",), ("audit", "verify"), (*ASK, *KIM, "--field", "door=4")):
            assert applied(*words).code == 0

    def test_a_deletion_that_a_request_needs_is_blocked_and_not_to_be_allowed(
        self, applied: Cli, project: Path, request_id: str
    ) -> None:
        (project / "manifests" / "approvals.yaml").write_text("")
        plan = applied("plan", "--allow", "deletions", "--format=json")
        assert plan.code == 4
        blocking = {(guard["id"], guard["address"]) for guard in plan.json["guards"] if not guard["allowed"]}
        assert ("in-flight", "ApprovalProcess/two-of-shift") in blocking
        assert applied("plan", "--allow", "in-flight", "--allow", "deletions").code == 4
        before = (applied("show").out, applied("audit", "list").out)
        result = applied("apply", "--auto-approve", "--allow", "deletions")
        assert result.code == 4
        assert "reconciler approvals list" in result.err
        assert "Nothing was changed" in result.err
        assert (applied("show").out, applied("audit", "list").out) == before


class TestMailServers:
    """What a server does to a message stands on the message; the message waits and its attempts are not counted."""

    SEND = ("send", "notice", "--param", "day=Sunday", "--format=json")

    def sent(self, cli: Cli) -> dict[str, object]:
        """The message as `deliveries show` tells it."""
        sending = cli(*self.SEND)
        assert sending.code == 0
        shown = cli("deliveries", "show", sending.json["id"], "--format=json").json
        assert shown["attemptCount"] == 0
        assert shown["state"] in ("queued", "deferred")
        text = cli("deliveries", "show", sending.json["id"]).out
        assert str(shown["attempts"][0]["fault"])[:40] in text
        return dict(shown)

    def test_unreachable(self, unreachable: int, applied: Cli) -> None:
        fault = self.sent(applied)["attempts"][0]["fault"]  # type: ignore[index]
        assert f"127.0.0.1:{unreachable}" in fault
        assert "refused" in fault

    @pytest.mark.usefixtures("unreachable")
    def test_run_says_it_once_and_exits_0(self, applied: Cli, request_id: str) -> None:
        result = applied("run", "--once", "--format=json")
        assert result.code == 0
        assert result.err.count("Its mail waits until") == 1

    @pytest.mark.usefixtures("unreachable")
    def test_run_says_what_waits_and_for_which_server(self, applied: Cli, request_id: str) -> None:
        for _ in range(2):
            result = applied("run", "--once")
            assert result.code == 0
            assert "wait, the next until " in result.out or "waits, the next until " in result.out
            assert ": SmtpServer/relay. Why: reconciler deliveries show msg_" in result.out
        assert result.out.startswith("Nothing was due.\n")

    def test_mail_that_the_project_holds_back_says_why_everywhere(self, cli: Cli, project: Path) -> None:
        head = "apiVersion: reconciler/v1\nkind: Project\nmetadata: {name: mail}\n"
        (project / "reconciler.yaml").write_text(head + "spec: {mail: {deliver: hold}}\n")
        assert cli("apply", "--auto-approve").code == 0
        sent = cli("send", "notice", "--param", "day=Saturday")
        because = "because mail.deliver of the project is hold"
        assert f"It is held back, {because}." in sent.out
        assert "Change that in reconciler.yaml" in sent.out
        assert "9999" not in sent.out
        ran = cli("run", "--once").out
        assert f"1 message waits, {because}: SmtpServer/relay. Why: reconciler deliveries show msg_" in ran
        assert f"held back  1 message, {because}" in cli("status").out
        assert cli("status", "--format=json").json["messages"]["held"] == 1
        assert cli("deliveries", "list", "--format=json").json["deliveries"][0]["dueAt"] is None

    def test_refused_login(self, applied: Cli, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("RECONCILER_SECRET_RELAY_PASSWORD", "xyzzy-canary")
        with CaptureServer(login=("sam", "right")) as server:
            secure(project, server, "tls: {mode: none}")
            assert applied("apply", "--auto-approve", "--allow", "weakening").code == 0
            fault = self.sent(applied)["attempts"][0]["fault"]  # type: ignore[index]
        assert "535" in fault
        assert "SmtpServer/relay" in fault
        assert not [name for name, data in contents(project).items() if b"xyzzy-canary" in data]

    def test_missing_secret(self, applied: Cli, project: Path) -> None:
        with CaptureServer(login=("sam", "right")) as server:
            secure(project, server, "tls: {mode: none}")
            assert applied("apply", "--auto-approve", "--allow", "weakening").code == 0
            fault = self.sent(applied)["attempts"][0]["fault"]  # type: ignore[index]
            assert server.connections <= 1
        assert "RECONCILER_SECRET_RELAY_PASSWORD" in fault

    def test_bad_certificate(self, applied: Cli, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("RECONCILER_SECRET_RELAY_PASSWORD", "right")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
        with CaptureServer(context=context, login=("sam", "right")) as server:
            secure(project, server, "tls: {mode: starttls}")
            assert applied("apply", "--auto-approve", "--allow", "weakening").code == 0
            fault = self.sent(applied)["attempts"][0]["fault"]  # type: ignore[index]
            assert server.mails == ()
        assert "certificate" in fault


def secure(project: Path, server: CaptureServer, tls: str) -> None:
    """Point the sample project at the server, with a login."""
    mail = project / "manifests" / "mail.yaml"
    edit(mail, "  uri: smtp://127.0.0.1:9\n", f"  uri: {server.uri}\n  credential: relay-login\n  {tls}\n")
    with mail.open("a") as file:
        file.write(
            "---\napiVersion: reconciler/v1\nkind: Credential\nmetadata: {name: relay-login}\n"
            "spec: {username: sam, password: {secret: relay-password}}\n"
        )


class TestOutput:
    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
    @pytest.mark.parametrize("words", [("validate", "--format=json"), ("nothing", "--format=json"), ("validate",)])
    @pytest.mark.parametrize("where", ["> /dev/full", ">&-"])
    def test_that_cannot_be_written_is_said_or_at_least_no_success(
        self, project: Path, words: tuple[str, ...], where: str
    ) -> None:
        line = f"exec {shlex.join(command_line(*words))} {where}"
        done = subprocess.run(["sh", "-c", line], check=False, cwd=project, capture_output=True, text=True, timeout=60)
        assert done.returncode == 1
        assert "Traceback" not in done.stderr and "bug" not in done.stderr

    @pytest.mark.parametrize("place", ["file", "file/below", "/proc/nothing"])
    def test_a_place_the_demo_cannot_write_to(self, cli: Cli, project: Path, place: str) -> None:
        (project / "file").touch()
        result = cli("demo", "--out", place)
        assert result.code == 1
        assert place in result.err and "--out" in result.err
