"""Files of a project written all together: each is complete beside its place before the first takes it."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from reconciler.model.errors import EnvironmentFault


def write_files(files: Mapping[Path, bytes]) -> None:
    """Make each file have that content. A reader sees its old content or the new, never a part.

    A file that exists keeps its permissions, a symbolic link its name; folders are made. Raises `EnvironmentFault`, having
    written nothing unless it was the very last step, of putting prepared files in place, that failed.
    """
    staged: dict[Path, Path] = {}
    try:
        for path, content in files.items():
            target = path.resolve()
            target.parent.mkdir(parents=True, exist_ok=True)
            staged[target] = _staged(target, content)
        for target, prepared in staged.items():
            prepared.replace(target)
    except OSError as fault:
        for prepared in staged.values():
            with suppress(OSError):
                prepared.unlink(missing_ok=True)
        raise EnvironmentFault(
            "A file could not be written",
            f"{fault.filename or 'A file'}: {(fault.strerror or type(fault).__name__).lower()}.",
            "Make room or give the right to write there, and run the command again: it does what is left to do.",
        ) from fault


def _staged(target: Path, content: bytes) -> Path:
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
    prepared = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        prepared.chmod(stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o666 & ~_umask())
    except BaseException:
        prepared.unlink(missing_ok=True)
        raise
    return prepared


def _umask() -> int:
    """What a new file of this process may not have; the system tells it only by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
