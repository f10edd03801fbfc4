"""Time and memory of whole commands over 1,000 resources in 100 files, beside the least that could be done with them.

    make bench
    make bench BENCH_ARGS="--runs 9 --resources 3000 --files 300"

Every measurement is a process of its own, as a person starts it: wall time from start to end, and the peak of resident
memory the kernel saw. The table gives the median of several runs; the ratio is to the bare scan of the same files.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

SCAN = """
import sys
from pathlib import Path
from _ruamel_yaml import CParser, StreamEndEvent
for path in sorted(Path(sys.argv[1]).rglob("*.yaml")):
    event = CParser(path.read_text(encoding="utf-8")).get_event
    while type(event()) is not StreamEndEvent:
        pass
"""

_MAXRSS_PER_MIB = 1024 * 1024 if sys.platform == "darwin" else 1024
"""What the kernel counts in: bytes on macOS, KiB elsewhere."""


@dataclass(frozen=True, slots=True)
class Run:
    """One process: ``seconds`` of wall time, ``mebibytes`` of resident memory at its peak."""

    seconds: float
    mebibytes: float


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: ``prepare`` puts the project into the state the command is measured in, before each run."""

    title: str
    command: Sequence[str]
    prepare: Callable[[], None]


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="reconciler-bench-") as folder:
        project = Path(folder) / "project"
        count = write_project(project, options.resources, options.files)
        print(f"{count} resources in {options.files} files; median of {options.runs} runs, each a process of its own")
        print(f"Python {sys.version.split()[0]} on {os.cpu_count()} CPUs\n")
        print(f"{'':34}{'time':>10}{'x scan':>9}{'x nothing':>11}{'peak memory':>14}")
        base: list[float] = []
        floor = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MAXRSS_PER_MIB
        for row in _rows(project):
            seconds, mebibytes = _measured(row, project, options.runs)
            base.append(seconds)
            scan = f"{seconds / base[1]:.1f}" if len(base) > 1 else ""
            print(
                f"{row.title:34}{seconds * 1000:>7.0f} ms{scan:>9}{seconds / base[0]:>11.1f}{_memory(mebibytes, floor):>14}"
            )


def write_project(project: Path, resources: int, files: int) -> int:
    """Write the manifests; how many resources they hold."""
    texts = [_resource(number) for number in range(resources)]
    folder = project / "manifests"
    folder.mkdir(parents=True)
    for index in range(files):
        path = folder / f"part-{index % 10}" / f"file-{index:03}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text("---\n".join(texts[index::files]), encoding="utf-8")
    return len(texts)


def change_one(project: Path) -> None:
    """Another description for one task."""
    path = next(
        p for p in sorted((project / "manifests").rglob("*.yaml")) if "kind: EmailTask" in p.read_text(encoding="utf-8")
    )
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("subject: Note", "subject: Changed note", 1), encoding="utf-8")


def _resource(number: int) -> str:
    """A mix as an organisation has it: most are groups and tasks; a tenth are servers with their credentials."""
    kinds = (_server, _credential, _group, _group, _task, _task, _task, _approval_task, _process, _type)
    block = number // len(kinds)
    return kinds[number % len(kinds)](block, number)


def _head(kind: str, name: str, title: str) -> str:
    labels = "{team: desk, stage: production}"
    return f"apiVersion: reconciler/v1\nkind: {kind}\nmetadata:\n  name: {name}\n  title: {title}\n  labels: {labels}\nspec:\n"


def _server(block: int, number: int) -> str:
    return _head("SmtpServer", f"relay-{block}", f"Relay {block}") + (
        f"  uri: smtp://mail-{block}.example.com:587\n  from: Desk {block} <desk-{block}@example.com>\n"
        f"  credential: login-{block}\n  limits: {{connections: 2}}\n  timeouts: {{connect: 20s}}\n"
    )


def _credential(block: int, number: int) -> str:
    return _head("Credential", f"login-{block}", f"Login {block}") + (
        f"  username: desk-{block}\n  password: {{secret: relay-password-{block}}}\n"
    )


def _group(block: int, number: int) -> str:
    people = "".join(f"    - person-{number}-{index}@example.com\n" for index in range(6))
    return _head("Group", f"group-{number}", f"Group {number}") + f"  members:\n{people}"


def _task(block: int, number: int) -> str:
    return _head("EmailTask", f"task-{number}", f"Weekly note {number}") + (
        f"  context: task\n  smtpServer: relay-{block}\n"
        f"  to: [lead-{block}@example.com, {{group: group-{block * 10 + 2}}}]\n"
        f"  subject: Note {number} for {{{{ parameters.place }}}}\n"
        f"  body: |\n    Good morning,\n\n    this is note {number} for {{{{ parameters.place }}}}.\n    Regards, the desk\n"
        "  parameters:\n    place: Harbour\n  expireAfter: 2d\n"
    )


def _approval_task(block: int, number: int) -> str:
    return _head("EmailTask", f"ask-{block}", f"Ask approvers {block}") + (
        f"  context: approval\n  smtpServer: relay-{block}\n"
        "  subject: '{{ request.requester }} asks: {{ request.subject }}'\n"
        "  body: |\n    {{ request.requester }} asks for {{ request.subject }}.\n    Reason: {{ request.reason }}\n"
    )


def _process(block: int, number: int) -> str:
    return _head("ApprovalProcess", f"process-{block}", f"Manual approval {block}") + (
        f"  smtpServer: relay-{block}\n  startActivity: ask-{block}\n  stages:\n    - name: owners\n"
        f"      approvers: [{{group: group-{block * 10 + 3}}}, owner-{block}@example.com]\n"
        "      quorum: 2\n      expireAfter: 5d\n"
    )


def _type(block: int, number: int) -> str:
    return _head("ApprovalType", f"type-{block}", f"Run application {block}") + (
        f"  process: process-{block}\n  subject: 'Run {{{{ fields.application }}}}'\n"
        "  fields:\n    application: {title: Application, required: true}\n    hours: {type: integer, min: 1, max: 48}\n"
    )


def _rows(project: Path) -> list[Row]:
    kept = project.parent / "kept"
    reconciler = [sys.executable, "-m", "reconciler"]
    plan, apply = (
        [*reconciler, "plan", "-C", str(project)],
        [*reconciler, "apply", "-C", str(project), "--auto-approve"],
    )

    def nothing() -> None: ...

    def empty() -> None:
        shutil.rmtree(project / ".reconciler", ignore_errors=True)

    def changed() -> None:
        """The state after the create, beside manifests in which one task differs."""
        if not kept.exists():
            shutil.copytree(project / ".reconciler", kept)
            change_one(project)
        empty()
        shutil.copytree(kept, project / ".reconciler")

    return [
        Row("python -c pass", [sys.executable, "-c", "pass"], nothing),
        Row("bare C event scan", [sys.executable, "-c", SCAN, str(project / "manifests")], nothing),
        Row("reconciler --version", [*reconciler, "--version"], nothing),
        Row("validate", [*reconciler, "validate", "-C", str(project)], nothing),
        Row("plan, empty state", plan, empty),
        Row("apply, empty state (create)", apply, empty),
        Row("plan, nothing to change (no-op)", plan, nothing),
        Row("apply, nothing to change (no-op)", apply, nothing),
        Row("plan, one change", plan, changed),
        Row("apply, one change", apply, changed),
    ]


def _measured(row: Row, project: Path, runs: int) -> tuple[float, float]:
    """Medians of seconds and MiB. One more run comes first, so that byte code and disk cache are there."""
    found = []
    for _ in range(runs + 1):
        row.prepare()
        found.append(_timed(row.command, project))
    return statistics.median(run.seconds for run in found[1:]), statistics.median(run.mebibytes for run in found[1:])


def _timed(command: Sequence[str], project: Path) -> Run:
    kept = ("PYTHONDONTWRITEBYTECODE", "RECONCILER_STATE")
    environ = {name: value for name, value in os.environ.items() if name not in kept}
    with (project.parent / "output").open("w+b") as output:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environ)
        # wait4 gives the memory of this one child and its own children; getrusage would give the largest of all so far.
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            words = output.read().decode(errors="replace")
            sys.exit(f"bench: this command ended with {process.returncode}:\n  {' '.join(command)}\n{words[-2000:]}")
    return Run(seconds, usage.ru_maxrss / _MAXRSS_PER_MIB)


def _memory(mebibytes: float, floor: float) -> str:
    """A child starts as a copy of this process, and its peak counts from there: less than ours cannot be seen."""
    return f"{mebibytes:.0f} MiB" if mebibytes > floor * 1.1 else f"under {max(mebibytes, floor):.0f} MiB"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--resources", type=int, default=1000, help="a multiple of ten [1000]")
    parser.add_argument("--files", type=int, default=100, help="[100]")
    parser.add_argument("--runs", type=int, default=5, help="measured runs of each command [5]")
    return parser.parse_args()


if __name__ == "__main__":
    main()
