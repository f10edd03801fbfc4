"""A server that repeats a password later than it was told: of its reply the codes are kept, whatever form the password has."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest

from reconciler.delivery.withheld import Withheld
from reconciler.model.errors import TransportFault
from reconciler.testkit.scripted import ScriptedServer, Step, expect, say, take_body
from tests.delivery.talking import ADA, MAIL, PASSWORD, SENDER, greeted, transport, with_login

SECRET = "Kq7!tweet-zP93/w"
USER = "relay-user"
HALF = len(SECRET) // 2


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


DRESSES = {
    "as it is": SECRET,
    "in capitals": SECRET.upper(),
    "backwards": SECRET[::-1],
    "first half": f"{SECRET[:HALF]} and so on",
    "second half": f"ends in {SECRET[HALF:]}",
    "halves on two lines": f"{SECRET[:HALF]}\n{SECRET[HALF:]}",
    "thirds on lines with codes": f"5.7.8 {SECRET[:5]}\n5.7.8 {SECRET[5:10]}\n5.7.8 {SECRET[10:]}",
    "letter by letter": " ".join(SECRET),
    "with signs between": "\x00".join(SECRET),
    "quoted": "".join(f"%{ord(c):02X}" if not c.isalnum() else c for c in SECRET),
    "in hexadecimal": SECRET.encode().hex(" "),
    "in base64": encoded(SECRET.encode()),
    "in base64 over lines": f"{encoded(SECRET.encode())[:7]}\n{encoded(SECRET.encode())[7:]}",
    "as AUTH PLAIN has it": encoded(f"\0{USER}\0{SECRET}".encode()),
    "half of AUTH PLAIN": encoded(f"\0{USER}\0{SECRET}".encode())[25:],
    "in base64 behind one byte": encoded(f"x{SECRET}".encode()),
    "in base64 behind other words": encoded(f"the password {SECRET} is wrong".encode()),
}


@pytest.mark.parametrize("dress", DRESSES.values(), ids=DRESSES)
def test_a_password_is_recognised_in_every_dress(dress: str) -> None:
    shown = Withheld(USER, SECRET).harmless(f"5.7.1 you said {dress}")
    assert shown == "5.7.1 (the rest is withheld here, because it repeats the credential)"


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("!?!?!?", "not !?!?!? please"),
        ("пароль-мой", "не пароль"),
        ("päss wörd", "no p\ufffdss w\ufffdrd"),
        ("abc", "a b c"),
    ],
    ids=["signs alone", "letters outside ASCII", "garbled", "short"],
)
def test_odd_passwords_are_recognised(password: str, said: str) -> None:
    assert "withheld" in Withheld(USER, password).harmless(said)


@pytest.mark.parametrize("password", [SECRET, "", "x" * 65_536, "hunter2"], ids=["usual", "none", "huge", "short"])
def test_other_words_stay_as_they_are(password: str) -> None:
    for said in (
        "5.1.1 <ada@example.com>: user unknown",
        "2.0.0 Ok: queued as 4FzXq71Yw2z9sP",
        "4.7.1 Greylisted\nTry later",
    ):
        assert Withheld(USER, password).harmless(said) == said


def telling(at: str, words: Callable[[str], str]) -> list[Step]:
    """A server that takes everything up to this point and then says the words behind a code, here and once more."""
    before = {
        "MAIL": [],
        "RCPT": [expect("MAIL", "250 OK")],
        "DATA": [expect("MAIL", "250 OK"), expect("RCPT", "250 OK")],
        "dot": [expect("MAIL", "250 OK"), expect("RCPT", "250 OK"), expect("DATA", "354 Go on")],
    }[at]
    last = take_body(words("250")) if at == "dot" else expect(at, words("550"))
    return [*greeted("AUTH PLAIN"), expect("AUTH", "235 OK"), *before, last, expect("QUIT", "221 Bye")]


@pytest.mark.parametrize("at", ["MAIL", "RCPT", "DATA", "dot"])
@pytest.mark.parametrize(
    "words",
    [
        lambda code: f"{code} 5.7.1 no {PASSWORD}",
        lambda code: f"{code}-5.7.1 no {PASSWORD[:7]}\r\n{code} 5.7.1 {PASSWORD[7:]}",
        lambda code: f"{code}-{encoded(PASSWORD.encode())[:9]}\r\n{code} {encoded(PASSWORD.encode())[9:]}",
    ],
    ids=["raw", "over two lines", "base64 over two lines"],
)
def test_no_reply_of_a_transaction_is_kept_with_the_password(at: str, words: Callable[[str], str]) -> None:
    with ScriptedServer(telling(at, words)) as server:
        connection = transport().connect(with_login(server.port))
        (verdict,) = connection.send(SENDER, [ADA], MAIL)
        connection.close()
    assert "withheld" in verdict.reply and not Withheld(USER, PASSWORD)._repeats(verdict.reply)


@pytest.mark.parametrize(
    "steps",
    [
        [say(f"421-not-to-\r\n421 {PASSWORD[7:]}")],
        [say("220 Hi"), expect("EHLO", f"550-{PASSWORD[:7]}\r\n550 {PASSWORD[7:]}")],
        [*greeted("AUTH LOGIN"), expect("AUTH", f"535 {PASSWORD[:3]}"), say(PASSWORD)],
        [
            *greeted("AUTH LOGIN"),
            expect("AUTH", f"334 {PASSWORD}"),
            expect("", f"454-{PASSWORD[:3]}\r\n454 {PASSWORD[3:]}"),
        ],
        [*greeted("AUTH LOGIN"), expect("AUTH", PASSWORD)],
    ],
    ids=["greeting", "EHLO", "AUTH", "second answer", "no reply at all"],
)
def test_no_fault_of_a_session_holds_the_password(steps: list[Step]) -> None:
    with ScriptedServer(steps) as server, pytest.raises(TransportFault) as caught:
        transport().connect(with_login(server.port))
    said = f"{caught.value} {caught.value.summary} {caught.value.detail} {caught.value.hint}".replace(USER, "")
    assert not Withheld(USER, PASSWORD)._repeats(said.replace("relay-password", ""))
    assert not [part for part in (PASSWORD[:7], PASSWORD[7:]) if part in said]
