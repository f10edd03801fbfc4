"""Plan files: a body, sealed so that no byte of it can change unseen.

reconciler-plan FORMAT LENGTH KEY-ID
the body, LENGTH bytes
HMAC-SHA-256 of everything before it, in hexadecimal
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from pathlib import Path

from reconciler.model.errors import EnvironmentFault, NotFound, Stale
from reconciler.model.wording import Act, Do, Given, Sentence
from reconciler.sources.reading import MISSING, Root, Unreadable, read_anywhere
from reconciler.sources.writing import write_files

FORMAT = 1
"""Grows when an older version could not read the file any more."""

MAX_BYTES = 256 * 1024 * 1024
"""Largest plan file, in bytes: it holds every record and template, some 40 MiB for 10,000 resources."""

_MAGIC = b"reconciler-plan "
_FIRST = re.compile(rb"reconciler-plan ([1-9][0-9]{0,8}) (0|[1-9][0-9]{0,12}) ([0-9a-f]{16})\n")
_NEWER = re.compile(rb"reconciler-plan ([1-9][0-9]{0,8}) ")
_LONGEST_FIRST = 64
_MAC_BYTES = 64


def seal(body: bytes, key: bytes) -> bytes:
    """The bytes of a plan file."""
    first = b"reconciler-plan %d %d %s\n" % (FORMAT, len(body), _key_id(key))
    sealed = first + body + b"\n"
    return sealed + _mac(sealed, key) + b"\n"


def unseal(data: bytes, key: bytes | None) -> bytes:
    """The body. Raises `Stale` for what is not, byte for byte, what `seal` made with this key; each reason has its words."""
    first = _first(data)
    end = first.start + first.length + 1
    whole = end + _MAC_BYTES + 1
    if len(data) < whole:
        raise _truncated(len(data), whole)
    if key is None:
        raise _refused("The plan file cannot be checked", "There is no key for saved plans here.", _FOREIGN_KEY)
    if not hmac.compare_digest(first.key_id, _key_id(key)):
        detail = "It was sealed with another key than the one here, so nobody can tell whether it was changed."
        raise _refused("The plan file is of another key", detail, _FOREIGN_KEY)
    if not hmac.compare_digest(data[end:], _mac(data[:end], key) + b"\n"):
        detail = "What stands in it is not what plan wrote: at least one byte is another."
        raise _refused("The plan file was altered", detail, _AGAIN)
    return data[first.start : end - 1]


def write_plan_file(path: Path, data: bytes, project: Root) -> None:
    """Write the file, for its owner alone (0600), whole or not at all. Raises `EnvironmentFault`."""
    if len(data) > MAX_BYTES:
        detail = f"It would have {len(data) >> 20} MiB, and apply reads at most {MAX_BYTES >> 20} MiB."
        raise EnvironmentFault(
            "The plan file would be too large", detail, Sentence("Save the plan in parts, with ", Given("target"), ".")
        )
    write_files({path: data}, project, private=True)


def read_plan_file(path: Path) -> bytes:
    """The bytes of the file, wherever it lies. Raises `NotFound`, `EnvironmentFault`."""
    try:
        return read_anywhere(path, MAX_BYTES)
    except Unreadable as fault:
        if fault.reason == MISSING:
            raise NotFound(
                "No such plan file",
                f"{path} does not exist.",
                Sentence("Make one: ", Do(Act.PLAN, given={"out": "FILE"})),
            ) from fault
        raise EnvironmentFault(
            "The plan file cannot be read",
            f"{path}: {fault.reason}.",
            Sentence("Name the file that plan ", Given("out"), " wrote."),
        ) from fault


_AGAIN = "Plan again and have the new plan reviewed. Nothing was changed."
_FOREIGN_KEY = Sentence(
    "Apply it where it was made, or give plan and apply the same RECONCILER_PLAN_KEY. From a pull request, use ",
    Given("expect-digest"),
    ", which needs no key. Nothing was changed.",
)


@dataclass(frozen=True, slots=True)
class _First:
    """The first line: ``start`` is where the body begins."""

    start: int
    length: int
    key_id: bytes


def _first(data: bytes) -> _First:
    found = _FIRST.match(data)
    newer = _NEWER.match(data)
    if newer and int(newer[1]) > FORMAT:
        detail = f"It has format {int(newer[1])}; this version of reconciler reads format {FORMAT}."
        raise _refused("The plan file is of a newer format", detail, "Apply it with the version that made it.")
    if found:
        return _First(found.end(), int(found[2]), found[3])
    if _MAGIC.startswith(data) or (data.startswith(_MAGIC) and b"\n" not in data and len(data) < _LONGEST_FIRST):
        raise _truncated(len(data), None)
    if data.startswith(_MAGIC):
        raise _refused("The plan file was altered", "Its first line is not one that plan writes.", _AGAIN)
    detail = Sentence("It does not begin as the files do that plan ", Given("out"), " writes.")
    raise _refused("This is not a plan file", detail, Sentence("Make one: ", Do(Act.PLAN, given={"out": "FILE"})))


def _truncated(found: int, whole: int | None) -> Stale:
    of = f" of {whole}" if whole else ""
    return _refused("The plan file is cut short", f"Only {found}{of} bytes of it are there.", _AGAIN)


def _refused(summary: str, detail: str, hint: str) -> Stale:
    return Stale(summary, detail, hint)


def _mac(data: bytes, key: bytes) -> bytes:
    return hmac.new(key, data, hashlib.sha256).hexdigest().encode()


def _key_id(key: bytes) -> bytes:
    """Tells keys apart and says nothing of what they are."""
    return hmac.new(key, b"reconciler plan key id", hashlib.sha256).hexdigest()[:16].encode()
