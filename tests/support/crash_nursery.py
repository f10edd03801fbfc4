"""A process that has imported everything, and forks off one run after the other; see `tests.support.crash`.

It reads one JSON line for each step and answers with one number: for ``{"words": [...], "output": FILE}`` the process id of
a child that waits, for ``"go"``, which lets it run, the child's exit code (negative for a signal).
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import pkgutil
import runpy
import sys

ANY_TRACER = (0x59616D61, -1)
"""PR_SET_PTRACER, PR_SET_PTRACER_ANY: strace is no ancestor of ours, which some machines ask for (Yama)."""


def import_everything() -> None:
    """What a command imports on its way, commands and libraries loaded on demand too."""
    import deepdiff  # noqa: F401

    import reconciler

    for module in pkgutil.walk_packages(reconciler.__path__, "reconciler."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def run(words: list[str], output: str, gate: int) -> None:
    """The child: wait to be let through, then be the command until its end."""
    ctypes.CDLL(None).prctl(*ANY_TRACER)
    said = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for stream, own in ((nothing, 0), (said, 1), (said, 2)):
        os.dup2(stream, own)
    os.read(gate, 1)
    if words[0] == "-m":
        sys.argv = words[1:]
        runpy.run_module(words[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = words
        runpy.run_path(words[0], run_name="__main__")


def main() -> None:
    import_everything()
    child, opened = 0, 0
    for line in sys.stdin:
        step = json.loads(line)
        if step == "go":
            os.close(opened)
            answer = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        else:
            gate, opened = os.pipe()
            child = os.fork()
            if child == 0:
                os.close(opened)
                run(step["words"], step["output"], gate)
                return
            os.close(gate)
            answer = child
        print(answer, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
