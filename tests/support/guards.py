"""What no test may do unless it asks, held by an audit hook: it sees C code too, and cannot be patched away."""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

NETWORK = "network"
DEFAULT_STATE = "default_state"

_OURS = "RECONCILER_"
_KEPT = "RECONCILER_TEST_"
_CI = (
    "CI",
    "GITHUB_",
    "GITLAB_",
    "BUILDKITE",
    "CIRCLE",
    "JENKINS_",
    "BUILD_",
    "TRAVIS",
    "BITBUCKET_",
    "TF_BUILD",
    "CI_",
    "GIT_COMMIT",
)
_TERMINAL = ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "CREDENTIALS_DIRECTORY")

_FREE_PORTS = 10_000
"""Below this no system hands a port out to who asks for any: a number that somebody wrote down."""

_allowed: set[str] = set()
_installed: list[Path] = []


class Forbidden(BaseException):
    """Not an `Exception`: code under test that survives every fault must not survive this one."""


def foreign_variables(environ: Mapping[str, str]) -> list[str]:
    """Variables of the caller that could change what a test sees: ours, those of a pipeline, those of a terminal."""
    return [name for name in environ if _is_foreign(name)]


def install(default_state: Path) -> None:
    """Watch from now on; ``default_state`` is the folder the repository's own state would be in."""
    if not _installed:
        sys.addaudithook(_watch)
    _installed[:] = [default_state]


@contextmanager
def allow(names: Collection[str]) -> Iterator[None]:
    """Let the named things happen within."""
    before = set(_allowed)
    _allowed.update(names)
    try:
        yield
    finally:
        _allowed.intersection_update(before)


def is_local(host: str) -> bool:
    """Whether the host is this machine's loopback, by number or by its usual names."""
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host.lower() in ("", "localhost", "localhost.localdomain")


def _is_foreign(name: str) -> bool:
    ours = name.startswith(_OURS) and not name.startswith(_KEPT)
    pipeline = any(name == prefix or (name.startswith(prefix) and prefix != "CI") for prefix in _CI)
    return ours or pipeline or name in _TERMINAL


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto") and NETWORK not in _allowed:
        address = arguments[1]
        if isinstance(address, tuple) and not is_local(str(address[0])):
            raise Forbidden(f"a test connects to {address[0]}; mark it with pytest.mark.network if it must")
        if isinstance(address, tuple) and address[1] < _FREE_PORTS:
            raise Forbidden(f"a test connects to port {address[1]}, where any program may listen; use silent_port")
    elif event in ("socket.getaddrinfo", "socket.gethostbyname") and NETWORK not in _allowed:
        host = arguments[0]
        if host and not is_local(host.decode() if isinstance(host, bytes) else host):
            raise Forbidden(f"a test looks up {host!r}; mark it with pytest.mark.network if it must")
    elif event == "sqlite3.connect" and DEFAULT_STATE not in _allowed and _is_default(arguments[0]):
        raise Forbidden("a test opens the repository's own state; give it a folder of its own")


def _is_default(name: Any) -> bool:
    text = name.decode() if isinstance(name, bytes) else str(name)
    path = unquote(urlsplit(text).path) if text.startswith("file:") else text
    return (Path.cwd() / path).is_relative_to(_installed[0])
