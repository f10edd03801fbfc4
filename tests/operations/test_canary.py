"""A secret's value appears nowhere: no output, no state file, no journal, no .eml, however the server treats it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path

import pytest

from reconciler.cli.app import run
from reconciler.testkit.scripted import ScriptedServer, Step, Talk, expect, hello, say
from tests.operations.conftest import SERVER, TASK

CANARY = "tweet-Kq7!zP93"
USER = "sam"
SHAPES = (
    CANARY,
    base64.b64encode(CANARY.encode()).decode(),
    base64.b64encode(f"\0{USER}\0{CANARY}".encode()).decode(),
)
"""The value as it is, and as AUTH LOGIN and AUTH PLAIN put it on the wire."""
HALVES = tuple(part for shape in SHAPES[:2] for part in (shape[: len(shape) // 2], shape[len(shape) // 2 :]))

LOGIN = """
apiVersion: reconciler/v1
kind: Credential
metadata: {name: login}
spec: {username: sam, password: {secret: relay-password}}
"""


def echo(code: str) -> Step:
    """Answer the next line with what it said, as some servers do in their replies."""

    def step(talk: Talk) -> None:
        talk.lines.append(talk.line())
        say(f"{code} you said {talk.lines[-1]} and the password {CANARY}")(talk)

    return step


def halves(code: str) -> Step:
    """Answer the next line with the value and its base64, each cut in two by the end of a reply's line."""

    def step(talk: Talk) -> None:
        talk.lines.append(talk.line())
        say("\r\n".join([*(f"{code[:3]}-{code[4:]} {half}" for half in HALVES), f"{code[:3]} {code[4:]} that was it"]))(
            talk
        )

    return step


def tells_at(phase: str, code: str) -> list[Step]:
    """A server that takes everything up to this phase and then repeats the password."""
    until = {
        "auth": [echo(code)],
        "auth, halves": [halves(code)],
        "sender, halves": [expect("AUTH", "235 OK"), halves(code)],
        "sender": [expect("AUTH", "235 OK"), echo(code)],
        "recipient": [expect("AUTH", "235 OK"), expect("MAIL", "250 OK"), echo(code)],
        "dot": [
            expect("AUTH", "235 OK"),
            expect("MAIL", "250 OK"),
            expect("RCPT", f"250 OK {CANARY}"),
            expect("DATA", "354 Go on"),
            lambda talk: say(f"{code} 2.0.0 kept for {CANARY} {SHAPES[2]}")(talk) if talk.body() else None,
        ],
    }
    return [say("220 Hi"), hello("AUTH PLAIN LOGIN"), *until[phase]]


@pytest.mark.parametrize(
    ("phase", "code"),
    [("auth", "535 5.7.8"), ("auth", "454 4.7.0"), ("auth, halves", "535 5.7.8"),
     ("sender, halves", "421 4.7.0"), ("sender", "550"), ("recipient", "550"), ("recipient", "451"),
     ("dot", "554"), ("dot", "250")],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_the_value_of_a_secret_appears_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], phase: str, code: str
) -> None:
    def ran(*words: str) -> str:
        assert run(list(words)) in (0, 1)
        return "".join(capsys.readouterr())

    monkeypatch.setenv("RECONCILER_SECRET_RELAY_PASSWORD", CANARY)
    monkeypatch.chdir(tmp_path)
    with ScriptedServer(tells_at(phase, code)) as server:
        spec = (
            f'{{uri: "smtp://127.0.0.1:{server.port}", from: desk@example.com, credential: login, tls: {{mode: none}}}}'
        )
        manifests = tmp_path / "manifests"
        manifests.mkdir()
        (manifests / "all.yaml").write_text(f"{SERVER.partition('spec:')[0]}spec: {spec}\n---{LOGIN}---{TASK}")
        shown = [
            ran(*words)
            for words in (
                ("validate",),
                ("plan", "--format=json"),
                ("apply", "--auto-approve"),
                ("show", "Credential/login", "--format=json"),
                ("send", "news", "-v"),
                ("send", "news", "--format=json"),
                ("run", "--once", "-v"),
                ("deliveries", "list", "--format=json"),
                ("audit", "list", "--format=json"),
                ("render", "news", "--out", "mails"),
            )
        ]
        for id in ids(shown[4] + shown[5]):
            shown += [ran("deliveries", "show", id), ran("deliveries", "show", id, "--format=json")]
    assert [line for line in server.lines if line.startswith("AUTH ")], "nobody logged in"
    assert not [text for text in shown if "Traceback" in text]
    kept = [path.read_bytes().decode("latin-1") for path in tmp_path.rglob("*") if path.is_file()]
    for shape in (*SHAPES, *HALVES):
        assert not [text for text in (*shown, *kept) if shape in text]


def ids(text: str) -> Sequence[str]:
    return sorted({word.strip('",:') for word in text.split() if word.strip('",:').startswith("msg_")})
