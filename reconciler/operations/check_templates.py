"""The second wall: templates are checked and rendered in a forked child that may die.

The first wall, inside `reconciler.messages.render`, bounds what a template can do; this one bounds what an error of ours in
the first could cost. The child has limits on memory and processor time; when it dies, the template it was at gets a
diagnostic and a new child goes on behind it.
"""

from __future__ import annotations

import json
import os
import resource as limits
import select
import signal
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from reconciler.messages.mail import MailCase
from reconciler.messages.render import RenderFailure, TemplateFault, check, render
from reconciler.model.address import Address
from reconciler.model.errors import Bug

MEMORY = 512 * 1024 * 1024
"""Bytes a child may allocate on top of what it was born with."""

PROCESSOR_SECONDS = 10
"""Seconds of processor time one mail may take."""

WALL_SECONDS = 60
"""Seconds after which a silent child is ended."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One mail to check: whose it is, the case, and the sources of every template it reaches."""

    address: Address
    case: MailCase
    sources: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CaseFault:
    """A fault of one trial."""

    trial: Trial
    fault: TemplateFault


def try_templates(trials: Sequence[Trial]) -> list[CaseFault]:
    """Check every trial against its context and render its samples, in a child; every fault found, in order."""
    found: list[CaseFault] = []
    start = 0
    while start < len(trials):
        done = start
        for index, fault in _in_child(trials, start):
            done = index + 1
            if fault is not None:
                found.append(CaseFault(trials[index], fault))
        start = max(done, start + 1)
    return found


def faults_of(trial: Trial) -> list[TemplateFault]:
    """What is wrong with one mail: faults of the check, else those of rendering its samples."""
    mail = trial.case.mail
    faults = list(check(mail, trial.sources, trial.case.shape))
    if faults:
        return faults
    for name, sample in trial.case.samples.items():
        try:
            render(mail, trial.sources, sample)
        except RenderFailure as failure:
            fault = failure.fault
            detail = f"{fault.detail} It happens with the {name} sample."
            return [TemplateFault(fault.template, fault.line, fault.summary, detail, fault.hint)]
    return []


def _in_child(trials: Sequence[Trial], start: int) -> Iterator[tuple[int, TemplateFault | None]]:
    """Yield (index, fault) as a child reports them and (index, None) as it finishes one; ends with a fault if it dies."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        _child(trials, start, writer)
    os.close(writer)
    current, finished = start, False
    for line in _lines(reader, child):
        said = json.loads(line)
        finished = said["event"] == "end"
        current = said.get("index", current)
        if said["event"] == "fault":
            yield current, TemplateFault(**said["fault"])
        elif said["event"] == "done":
            yield current, None
    os.close(reader)
    _, status = os.waitpid(child, 0)
    if not finished:
        yield current, _died(trials[current], status)


def _lines(reader: int, child: int) -> Iterator[bytes]:
    """What the child says, line by line, until it ends; a child that is silent for too long is ended."""
    buffer = b""
    while True:
        ready, _, _ = select.select([reader], [], [], WALL_SECONDS)
        if not ready:
            os.kill(child, signal.SIGKILL)
            return
        data = os.read(reader, 65_536)
        if not data:
            return
        *lines, buffer = (buffer + data).split(b"\n")
        yield from lines


def _child(trials: Sequence[Trial], start: int, writer: int) -> None:
    """The child's whole life: never returns."""
    try:
        _limit_memory()
        for index in range(start, len(trials)):
            _say(writer, {"event": "start", "index": index})
            _limit_processor()
            for fault in faults_of(trials[index]):
                _say(writer, {"event": "fault", "index": index, "fault": asdict(fault)})
            _say(writer, {"event": "done", "index": index})
        _say(writer, {"event": "end"})
        os._exit(0)
    except BaseException:
        os._exit(1)


def _say(writer: int, said: dict[str, object]) -> None:
    data = json.dumps(said).encode() + b"\n"
    while data:
        data = data[os.write(writer, data) :]


def _limit_memory() -> None:
    born_with = int(Path("/proc/self/statm").read_text().split()[0]) * limits.getpagesize()
    limits.setrlimit(limits.RLIMIT_AS, (born_with + MEMORY, born_with + MEMORY))
    limits.setrlimit(limits.RLIMIT_CORE, (0, 0))


def _limit_processor() -> None:
    used = limits.getrusage(limits.RUSAGE_SELF)
    _, hard = limits.getrlimit(limits.RLIMIT_CPU)
    limits.setrlimit(limits.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + PROCESSOR_SECONDS, hard))


def _died(trial: Trial, status: int) -> TemplateFault:
    if not trial.case.mail.templates:
        raise Bug("A mail without templates was tried; this is a bug in reconciler")
    template = max(trial.case.mail.templates, key=lambda t: len(trial.sources.get(t.name, t.inline or "")))
    how = "used too much processor time" if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU else "died"
    return TemplateFault(
        template.name,
        1,
        "Template cannot be rendered safely",
        f"The process that rendered {trial.case.label} {how} ({MEMORY >> 20} MiB of memory and "
        f"{PROCESSOR_SECONDS} s of processor time are allowed).",
        "Make the template smaller: fewer loops inside loops, no growing values.",
    )
