"""Secrets: found by name, never shown."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.model.errors import SecretMissing
from reconciler.model.mail.route import SecretName
from reconciler.sources.secrets import EnvironmentSecrets, name_variable

NAME = SecretName("relay-password")
CANARY = "canary-7f3a"


def failure(secrets: EnvironmentSecrets, name: SecretName = NAME) -> SecretMissing:
    with pytest.raises(SecretMissing) as caught:
        secrets.value(name)
    shown = "".join(traceback.format_exception(caught.value)) + caught.value.detail + caught.value.hint
    assert CANARY not in shown
    return caught.value


def test_the_variable_is_named_after_the_secret() -> None:
    assert name_variable(NAME) == "RECONCILER_SECRET_RELAY_PASSWORD"


def test_a_variable_gives_the_value() -> None:
    secrets = EnvironmentSecrets({"RECONCILER_SECRET_RELAY_PASSWORD": CANARY})
    assert secrets.value(NAME) == CANARY


@pytest.mark.parametrize("variable", ["RECONCILER_SECRETS_DIR", "CREDENTIALS_DIRECTORY"])
def test_a_file_wins_over_the_variable(tmp_path: Path, variable: str) -> None:
    (tmp_path / "relay-password").write_text(CANARY)
    secrets = EnvironmentSecrets({variable: str(tmp_path), "RECONCILER_SECRET_RELAY_PASSWORD": "other"})
    assert secrets.value(NAME) == CANARY


def test_our_folder_wins_over_the_systems(tmp_path: Path) -> None:
    for folder in ("ours", "systems"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "relay-password").write_text(folder)
    environ = {"RECONCILER_SECRETS_DIR": str(tmp_path / "ours"), "CREDENTIALS_DIRECTORY": str(tmp_path / "systems")}
    assert EnvironmentSecrets(environ).value(NAME) == "ours"


def test_a_folder_without_the_file_leaves_it_to_the_next_place(tmp_path: Path) -> None:
    environ = {"RECONCILER_SECRETS_DIR": str(tmp_path), "RECONCILER_SECRET_RELAY_PASSWORD": CANARY}
    assert EnvironmentSecrets(environ).value(NAME) == CANARY


@pytest.mark.parametrize(
    ("written", "value"), [("x\n", "x"), ("x\r\n", "x"), (" x ", " x "), ("pässword", "pässword"), ("x\ty", "x\ty")]
)
def test_one_line_break_at_the_end_is_not_part_of_it(tmp_path: Path, written: str, value: str) -> None:
    (tmp_path / "relay-password").write_bytes(written.encode())
    assert EnvironmentSecrets({"RECONCILER_SECRETS_DIR": str(tmp_path)}).value(NAME) == value


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b"\n", "is empty"),
        (CANARY.encode() + b"\n\n", "holds more than one line"),
        (CANARY.encode() + b"\rx", "holds more than one line"),
        (CANARY.encode() + b"\0", "holds more than one line"),
        (CANARY.encode() + b"\xff", "is not UTF-8 text"),
        (CANARY.encode() * 10_000, "is larger than 64 KiB"),
    ],
)
def test_a_file_that_holds_no_secret_says_why_and_not_what(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "relay-password").write_bytes(content)
    environ = {"RECONCILER_SECRETS_DIR": str(tmp_path), "RECONCILER_SECRET_RELAY_PASSWORD": "not looked at"}
    fault = failure(EnvironmentSecrets(environ))
    assert why in fault.detail
    assert str(tmp_path / "relay-password") in fault.detail


@pytest.mark.parametrize(
    ("value", "why"),
    [("", "is empty"), (f"{CANARY}\nx", "more than one line"), (f"{CANARY}\udcff", "not UTF-8")],
)
def test_a_variable_that_holds_no_secret_says_why(value: str, why: str) -> None:
    fault = failure(EnvironmentSecrets({"RECONCILER_SECRET_RELAY_PASSWORD": value}))
    assert why in fault.detail
    assert "RECONCILER_SECRET_RELAY_PASSWORD" in fault.detail


WHAT: dict[str, Callable[[Path], object]] = {
    "is a folder": Path.mkdir,
    "does not exist": lambda place: place.symlink_to("nowhere"),
    "is a symbolic link that leads to itself": lambda place: place.symlink_to(place.name),
    "is not a plain file": os.mkfifo,
}


@pytest.mark.parametrize("why", WHAT)
def test_what_is_no_file_is_unusable(tmp_path: Path, why: str) -> None:
    WHAT[why](tmp_path / "relay-password")
    assert f"{why}." in failure(EnvironmentSecrets({"CREDENTIALS_DIRECTORY": str(tmp_path)})).detail


def test_a_file_that_is_mounted_by_links_is_read(tmp_path: Path) -> None:
    """As Kubernetes mounts a Secret: a link through a hidden folder, here to another place altogether."""
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "relay-password").write_text(CANARY)
    mounted = tmp_path / "mounted"
    mounted.mkdir()
    (mounted / "..data").symlink_to(tmp_path / "real")
    (mounted / "relay-password").symlink_to("..data/relay-password")
    assert EnvironmentSecrets({"RECONCILER_SECRETS_DIR": str(mounted)}).value(NAME) == CANARY


def test_a_file_that_cannot_be_opened_is_unusable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "relay-password").write_text(CANARY)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    assert "permission denied" in failure(EnvironmentSecrets({"CREDENTIALS_DIRECTORY": str(tmp_path)})).detail


def test_a_missing_secret_names_every_place_and_the_way_to_set_it(tmp_path: Path) -> None:
    environ = {"RECONCILER_SECRETS_DIR": str(tmp_path / "a"), "CREDENTIALS_DIRECTORY": str(tmp_path / "b")}
    secrets = EnvironmentSecrets(environ)
    fault = failure(secrets)
    for place in (
        tmp_path / "a" / "relay-password",
        tmp_path / "b" / "relay-password",
        "RECONCILER_SECRET_RELAY_PASSWORD",
    ):
        assert str(place) in fault.detail
    assert "RECONCILER_SECRET_RELAY_PASSWORD" in fault.hint


def test_without_folders_the_error_says_that_none_is_set() -> None:
    fault = failure(EnvironmentSecrets({}))
    assert fault.detail == (
        "Looked for the variable RECONCILER_SECRET_RELAY_PASSWORD, which is not set. "
        "No folder was looked in: RECONCILER_SECRETS_DIR and CREDENTIALS_DIRECTORY are not set."
    )


def test_a_name_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "outside").write_text(CANARY)
    (tmp_path / "secrets").mkdir()
    secrets = EnvironmentSecrets({"RECONCILER_SECRETS_DIR": str(tmp_path / "secrets")})
    failure(secrets, SecretName("../outside"))


def test_nothing_else_of_the_environment_can_be_named() -> None:
    secrets = EnvironmentSecrets({"PATH": CANARY, "HOME": CANARY, "SECRET": CANARY})
    for name in ("path", "home", "secret"):
        failure(secrets, SecretName(name))


def test_the_environment_is_not_printed() -> None:
    secrets = EnvironmentSecrets({"RECONCILER_SECRET_RELAY_PASSWORD": CANARY})
    assert CANARY not in f"{secrets!r} {secrets}"
