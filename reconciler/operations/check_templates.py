"""The second wall: templates are checked and rendered in a forked child that may die.

The first wall, inside `reconciler.messages.render`, bounds what a template can do; this one bounds what an error of ours in
the first could cost. A child has limits on memory and processor time; when it dies, the template it was at gets a
diagnostic and a new child goes on behind it. Many templates are shared out to as many children as there are processors.
"""

from __future__ import annotations

import json
import os
import resource as limits
import select
import signal
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

from reconciler.messages.compose import inline_css
from reconciler.messages.mail import MailCase
from reconciler.messages.rehearsal import rehearsed
from reconciler.messages.render import RenderFailure, TemplateFault, check
from reconciler.model.address import Address
from reconciler.model.errors import Bug

MEMORY = 512 * 1024 * 1024
"""Bytes a child may allocate on top of what it was born with."""

PROCESSOR_SECONDS = 10
"""Seconds of processor time one mail may take."""

WALL_SECONDS = 60
"""Seconds after which silent children are ended."""

SHARE = 25
"""Trials that are worth a child of their own: below that, forking costs more than it saves."""


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
    """Check every trial against its context and render its samples, in children; every fault found, in order."""
    count = max(1, min(os.cpu_count() or 1, len(trials) // SHARE))
    bounds = [len(trials) * number // count for number in range(count + 1)]
    children = [_Child(trials, start, end) for start, end in pairwise(bounds) if start < end]
    found: list[tuple[int, TemplateFault]] = []
    while children:
        ready, _, _ = select.select([child.pipe for child in children], [], [], WALL_SECONDS)
        for child in list(children):
            if child.pipe in ready or not ready:
                found += child.hear() if ready else child.give_up_on()
                if child.ended:
                    children.remove(child)
                    children += child.successor()
    return [CaseFault(trials[index], fault) for index, fault in sorted(found, key=lambda each: each[0])]


def faults_of(trial: Trial) -> list[TemplateFault]:
    """What is wrong with one mail: faults of the check and, unless one is an error, those of rendering its samples."""
    mail = trial.case.mail
    faults = list(check(mail, trial.sources, trial.case.shape))
    if not all(fault.warning for fault in faults):
        return faults
    for name in trial.case.samples:
        fault = _sample_fault(trial, name)
        if fault is not None:
            detail = f"{fault.detail} It happens with the {name} sample."
            return [*faults, TemplateFault(fault.template, fault.line, fault.summary, detail, fault.hint)]
    return faults


def _sample_fault(trial: Trial, sample: str) -> TemplateFault | None:
    """What keeps the sample from becoming a mail: rendering, or the HTML that comes out of it."""
    mail = trial.case.mail
    try:
        rendered = rehearsed(trial.case, trial.sources, sample)
        if mail.html and rendered.html is not None:
            inline_css(rendered.html)
    except RenderFailure as failure:
        return failure.fault
    except ValueError as unusable:
        assert mail.html is not None
        said = f"It cannot be used as it comes out: {unusable}."
        hint = "Correct the HTML or the CSS of this template."
        return TemplateFault(mail.html.name, 1, "HTML cannot be mailed", said, hint)
    return None


class _Child:
    """A forked process that tries ``trials[start:end]`` and says what it finds, one JSON line each.

    ``current`` is the trial it is at; ``ended`` whether there is nothing more to hear. Forked while this process has one
    thread only, as every command that reads manifests has.
    """

    def __init__(self, trials: Sequence[Trial], start: int, end: int) -> None:
        self.trials, self.current, self.end = trials, start, end
        self.ended = False
        self._died = False
        self._buffer = b""
        self.pipe, writer = os.pipe()
        self._process = os.fork()
        if self._process == 0:
            _live(trials, range(start, end), writer)
        os.close(writer)

    def hear(self) -> list[tuple[int, TemplateFault]]:
        """What it said since the last time: faults with the index of their trial."""
        data = os.read(self.pipe, 65_536)
        if not data:
            return self._bury()
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        found = []
        for line in lines:
            said = json.loads(line)
            self.current = said["index"]
            if said["fault"] is not None:
                found.append((self.current, TemplateFault(**said["fault"])))
        return found

    def give_up_on(self) -> list[tuple[int, TemplateFault]]:
        """End it: it has been silent for too long."""
        os.kill(self._process, signal.SIGKILL)
        return self._bury()

    def successor(self) -> list[_Child]:
        """The child that goes on behind the trial this one died of."""
        return [_Child(self.trials, self.current + 1, self.end)] if self._died and self.current + 1 < self.end else []

    def _bury(self) -> list[tuple[int, TemplateFault]]:
        os.close(self.pipe)
        _, status = os.waitpid(self._process, 0)
        self.ended, self._died = True, status != 0
        return [(self.current, _death(self.trials[self.current], status))] if self._died else []


def _live(trials: Sequence[Trial], mine: range, writer: int) -> None:
    """The child's whole life: never returns."""
    try:
        limit_memory()
        for index in mine:
            say(writer, {"index": index, "fault": None})
            limit_processor()
            for fault in faults_of(trials[index]):
                say(writer, {"index": index, "fault": asdict(fault)})
        os._exit(0)
    except BaseException:
        os._exit(1)


def say(writer: int, said: Mapping[str, object]) -> None:
    """Write one line of JSON for the parent."""
    data = json.dumps(said).encode() + b"\n"
    while data:
        data = data[os.write(writer, data) :]


def limit_memory() -> None:
    """Leave this process, a child, `MEMORY` bytes on top of what it was born with."""
    born_with = int(Path("/proc/self/statm").read_text().split()[0]) * limits.getpagesize()
    limits.setrlimit(limits.RLIMIT_AS, (born_with + MEMORY, born_with + MEMORY))
    limits.setrlimit(limits.RLIMIT_CORE, (0, 0))


def limit_processor() -> None:
    """Leave this process, a child, `PROCESSOR_SECONDS` from now on."""
    used = limits.getrusage(limits.RUSAGE_SELF)
    _, hard = limits.getrlimit(limits.RLIMIT_CPU)
    limits.setrlimit(limits.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + PROCESSOR_SECONDS, hard))


def _death(trial: Trial, status: int) -> TemplateFault:
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
