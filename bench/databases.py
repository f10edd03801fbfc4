"""The same commands on a state in SQLite and in PostgreSQL, in turn, in one run.

    python bench/databases.py
    python bench/databases.py --sizes 1000 10000 --messages 300 --runs 3

Wall time, for part of the work is the server's: of each pair the least of several runs. The server is the tests' own, on this
machine; it writes through to the disk, as SQLite does.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import write_project
from reconciler.testkit.capture import CaptureServer
from tests.support.postgres import Server

_MAIL = """\
apiVersion: reconciler/v1
kind: SmtpServer
metadata: {{name: relay}}
spec: {{uri: 'smtp://127.0.0.1:{port}', from: desk@example.com, tls: {{mode: none}}}}
---
apiVersion: reconciler/v1
kind: Group
metadata: {{name: desk}}
spec: {{members: [{people}]}}
---
apiVersion: reconciler/v1
kind: ApprovalProcess
metadata: {{name: by-mail}}
spec: {{stages: [{{approvers: [{{group: desk}}]}}]}}
---
apiVersion: reconciler/v1
kind: ApprovalType
metadata: {{name: anything}}
spec: {{process: by-mail}}
"""
_ASK = ["approvals", "request", "anything", "--requester", "sam@example.com", "--reason", "x"]

Backend = tuple[str, Callable[[], None]]
"""The state's URL, and what makes it empty."""


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="reconciler-bench-") as folder, _backends(Path(folder)) as backends:
        print(f"{'':34}{'SQLite':>10}{'PostgreSQL':>12}{'ratio':>7}")
        for size in options.sizes:
            project = Path(folder) / f"project-{size}"
            write_project(project, size, max(1, size // 10))
            _compare_commands(project, size, backends, options.runs)
        _compare_drain(Path(folder) / "mail", options.messages, backends, options.runs)


def _compare_commands(project: Path, size: int, backends: Sequence[Backend], runs: int) -> None:
    plan, apply = ["plan"], ["apply", "--auto-approve"]
    _print(f"plan {size}, empty state", [_least(project, plan, url, empty, runs) for url, empty in backends])
    _print(f"apply {size}, empty state", [_least(project, apply, url, empty, runs) for url, empty in backends])
    _print(f"plan {size}, nothing to change", [_least(project, plan, url, _nothing, runs) for url, _ in backends])


def _compare_drain(project: Path, messages: int, backends: Sequence[Backend], runs: int) -> None:
    people = ", ".join(f"person-{number}@example.com" for number in range(messages))
    with CaptureServer() as server:
        (project / "manifests").mkdir(parents=True)
        (project / "manifests" / "all.yaml").write_text(_MAIL.format(port=server.port, people=people), encoding="utf-8")

        def ask(url: str, empty: Callable[[], None]) -> None:
            empty()
            _run(project, ["apply", "--auto-approve"], url)
            _run(project, _ASK, url)

        def drained(url: str, empty: Callable[[], None]) -> float:
            return _least(project, ["run", "--once"], url, lambda: ask(url, empty), runs)

        _print(f"run --once, {messages} messages", [drained(*backend) for backend in backends])
        assert len(server.mails) == messages * runs * len(backends), "each message exactly once"


@contextmanager
def _backends(folder: Path) -> Iterator[list[Backend]]:
    server = Server(folder / "postgres")
    server.run("ALTER SYSTEM SET fsync = on", "SELECT pg_reload_conf()")
    file = folder / "state" / "state.db"

    def empty_file() -> None:
        for path in file.parent.glob("*"):
            path.unlink()

    try:
        yield [
            (f"sqlite:{file}", empty_file),
            (server.url(schema="bench"), lambda: _drop(server)),
        ]
    finally:
        server.stop()


def _drop(server: Server) -> None:
    server.run("DROP SCHEMA IF EXISTS bench CASCADE")


def _nothing() -> None:
    """The state stays as it is."""


def _least(project: Path, words: Sequence[str], url: str, prepare: Callable[[], None], runs: int) -> float:
    found = []
    for _ in range(runs):
        prepare()
        found.append(_run(project, words, url))
    return min(found)


def _run(project: Path, words: Sequence[str], url: str) -> float:
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-m", "reconciler", "-C", str(project), "--state", url, *words]
    began = time.perf_counter()
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"bench: this command ended with {done.returncode}:\n  {' '.join(command)}\n{done.stderr[-2000:]}")
    return time.perf_counter() - began


def _print(title: str, seconds: Sequence[float]) -> None:
    first, second = seconds
    print(f"{title:34}{first * 1000:>7.0f} ms{second * 1000:>9.0f} ms{second / first:>7.2f}", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000], help="resources [1000 10000]")
    parser.add_argument("--messages", type=int, default=300, help="[300]")
    parser.add_argument("--runs", type=int, default=3, help="of each, of which the least counts [3]")
    return parser.parse_args()


if __name__ == "__main__":
    main()
