"""What can be known of a process on this machine: whether the one that wrote something down still lives."""

from __future__ import annotations

import os
import socket
from pathlib import Path


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
