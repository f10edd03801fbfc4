"""What every operation is given: the project's folders, the backends, the clock. Built by `reconciler.wiring` alone."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from reconciler.delivery.protocols import Secrets, Transport
from reconciler.kinds.protocol.kind import AnyKind
from reconciler.sources.plan_key import PlanKeys
from reconciler.sources.project.file import NO_FILE, ProjectFile
from reconciler.sources.reading import Root
from reconciler.sources.templates import Templates
from reconciler.state.protocols import State

__all__ = ("Caller", "Root", "Workspace")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who runs the command. ``actor`` is as claimed; ``operator`` is the OS user and host (``sam@build-7``), ``commit``
    that of version control, as a pipeline's variables name it."""

    actor: str
    operator: str
    host: str
    process: int
    process_started: str
    commit: str = ""


@dataclass(frozen=True, slots=True)
class Workspace:
    """One project on one machine. ``now`` is UTC; ``new_id(prefix)`` is unique and sorts by time (``req_01J…``).

    ``state_file``: where the state is a file. ``private``: see `reconciler.sources.reading.Root`. ``kept``: what
    `reconciler.operations.context.applied_state` keeps between two looks at what was applied.
    """

    folder: Path
    registry: Mapping[str, AnyKind]
    state: State
    transport: Transport
    secrets: Secrets
    caller: Caller
    now: Callable[[], datetime]
    new_id: Callable[[str], str]
    plan_keys: PlanKeys
    project: ProjectFile = NO_FILE
    state_file: Path | None = None
    private: tuple[Path, ...] = ()
    kept: dict[object, object] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def root(self) -> Root:
        """What manifests, templates and stored files are read through."""
        return Root(self.folder, self.private)

    @property
    def manifests(self) -> Path:
        """The folder desired state is read from."""
        return self.folder / self.project.manifests

    @property
    def templates(self) -> Templates:
        """Sources by the names manifests give them; each call reads anew."""
        return Templates(self.root, self.project.templates)


def this_host() -> str:
    """The name other machines would tell this one by."""
    return socket.gethostname()


def started(process: int) -> str:
    """When the process began, as the kernel tells it: boot id and clock ticks since boot. Empty where nothing tells.

    A process id is used again after a while; id and start together are not.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        status = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return ""
    # The second field is the command in parentheses and may hold spaces; the start time is field 22, man 5 proc.
    return f"{boot}:{status.rpartition(')')[2].split()[19]}"


def is_alive(process: int, since: str) -> bool:
    """Whether the process with this id and start is still there. Without a known start the id alone has to do."""
    if since:
        return started(process) == since
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
