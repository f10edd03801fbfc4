"""A door in front of a PostgreSQL server that can be shut at any message: what a network does, and when it likes."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from pathlib import Path

_SOCKET = ".s.PGSQL.5432"
_COMMITTED = b"COMMIT\0"


class Act(Enum):
    """What becomes of a message."""

    PASS = "pass"
    CUT = "cut"
    """It is lost, and the connection with it, on both sides."""
    LET_GO = "let go"
    """The client loses the connection at once; the server gets the message and never learns that nobody hears its answer."""


class Proxy:
    """``asked`` sees what a client says before the server does, and tells what becomes of it; ``answered`` the other way
    round. Both are called one at a time. ``server``: the folder of the server's socket; ``folder``: of the proxy's, a short
    path."""

    def __init__(
        self,
        server: Path,
        folder: Path,
        asked: Callable[[bytes], Act] = lambda said: Act.PASS,
        answered: Callable[[bytes], Act] = lambda said: Act.PASS,
    ) -> None:
        self._server = server / _SOCKET
        self._acts = {True: asked, False: answered}
        self._turn = threading.Lock()
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(folder / _SOCKET))
        self._socket.listen(64)
        self.folder = folder

    def __enter__(self) -> Proxy:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client, socket.socket(socket.AF_UNIX)), daemon=True).start()

    def _carry(self, client: socket.socket, server: socket.socket) -> None:
        with client, server, suppress(OSError):
            server.connect(str(self._server))
            others = {client: server, server: client}
            while True:
                for end in select.select(list(others), [], [])[0]:
                    said = end.recv(1 << 16)
                    act = self._judge(end is client, said) if said else Act.CUT
                    if act is Act.CUT:
                        return
                    others[end].sendall(said)
                    if act is Act.LET_GO:
                        client.close()
                        server.recv(1 << 16)
                        return

    def _judge(self, of_client: bool, said: bytes) -> Act:
        with self._turn:
            return self._acts[of_client](said)


def commits(said: bytes) -> bool:
    """Whether a message of either side is, or answers, a COMMIT."""
    return _COMMITTED in said
