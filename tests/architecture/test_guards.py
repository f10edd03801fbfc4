"""The guards around every test hold: they are proven by what they have to stop."""

from __future__ import annotations

import os
import socket
import sqlite3
from pathlib import Path

import pytest

from tests.support import guards
from tests.support.components import is_required, require

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])
def test_connecting_beyond_this_machine_is_forbidden(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as connection, pytest.raises(guards.Forbidden, match="connects to"):
        connection.connect((host, 25))


def test_connecting_to_a_port_that_is_written_down_is_forbidden() -> None:
    with socket.socket() as connection, pytest.raises(guards.Forbidden, match="port 2525"):
        connection.connect(("127.0.0.1", 2525))


def test_nobody_listens_at_the_silent_port(silent_port: int) -> None:
    with socket.socket() as connection, pytest.raises(ConnectionRefusedError):
        connection.connect(("127.0.0.1", silent_port))
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", silent_port))


def test_looking_up_a_name_is_forbidden() -> None:
    with pytest.raises(guards.Forbidden, match="looks up"):
        socket.getaddrinfo("mail.example.com", 25)


def test_no_handler_of_exceptions_hides_it() -> None:
    assert not issubclass(guards.Forbidden, Exception)


def test_this_machine_may_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as connection:
        assert connection.getpeername() == server.getsockname()
    assert socket.getaddrinfo("localhost", 25)


@pytest.mark.network
def test_a_test_may_ask_for_the_network() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
        try:
            connection.connect(("192.0.2.1", 9))  # a datagram socket: nothing is sent
        except OSError as fault:
            pytest.skip(f"no route at all: {fault}")


@pytest.mark.parametrize("form", ["{}", "file:{}", "file:{}?mode=ro"])
def test_the_repositorys_own_state_is_forbidden(form: str) -> None:
    name = form.format(REPOSITORY / ".reconciler" / "state.db")
    with pytest.raises(guards.Forbidden, match="own state"):
        sqlite3.connect(name, uri=form.startswith("file:"))


def test_the_environment_holds_nothing_of_the_callers() -> None:
    assert guards.foreign_variables(os.environ) == []


@pytest.mark.parametrize(
    "name", ["RECONCILER_STATE", "CI", "GITHUB_ACTOR", "GITLAB_USER_LOGIN", "NO_COLOR", "CREDENTIALS_DIRECTORY"]
)
def test_variables_that_could_change_a_test_are_foreign(name: str) -> None:
    assert guards.foreign_variables({name: "x"}) == [name]


@pytest.mark.parametrize("name", ["PATH", "HOME", "RECONCILER_TEST_REQUIRE"])
def test_others_stay(name: str) -> None:
    assert guards.foreign_variables({name: "x"}) == []


def test_a_missing_component_is_a_skip_or_a_failure_as_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RECONCILER_TEST_REQUIRE", raising=False)
    require("strace", present=True)
    with pytest.raises(pytest.skip.Exception):
        require("strace", present=False)
    monkeypatch.setenv("RECONCILER_TEST_REQUIRE", "browser, strace")
    assert is_required("strace") and not is_required("postgres")
    with pytest.raises(pytest.fail.Exception):
        require("strace", present=False)
