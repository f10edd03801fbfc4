"""Resources: documents as read, resources as validated, records as stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from reconciler.model.canonical import digest
from reconciler.model.configuration.address import Address
from reconciler.model.diagnostic import Place

SpecT_co = TypeVar("SpecT_co", covariant=True)

Path = tuple[str | int, ...]
"""Where a value stands inside a document: map keys and list indexes from the root."""

DEFAULT_OWNER = "default"
"""The owner of everything until a project declares owners."""

PLATFORM_OWNER = "platform"
"""The owner of what the installation brings along: no project prunes or exports it."""


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document as plain data, with the place of every key and every value.

    ``values`` and ``keys`` map a `Path` to a `Place`; ``keys`` has map entries only. ``()`` is the document itself.
    """

    data: Any
    file: str
    values: Mapping[Path, Place]
    keys: Mapping[Path, Place]

    def place(self, path: Path) -> Place:
        """The place of the value at the path, or of the nearest value around it."""
        while path and path not in self.values:
            path = path[:-1]
        return self.values.get(path, Place(self.file))

    def key_place(self, path: Path) -> Place:
        """The place of the key at the path; of the value where there is no such key (a list item)."""
        return self.keys.get(path) or self.place(path)


@dataclass(frozen=True, slots=True)
class Metadata:
    """What stands beside a spec. ``title`` is the human name, ``renamed_from`` an earlier name; empty when not given.

    ``protected``: whether a guard keeps the resource from being deleted."""

    name: str
    title: str = ""
    description: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    protected: bool = False
    renamed_from: str = ""

    def data(self) -> dict[str, Any]:
        """The form it has in stored state: every key, defaults too. The name it had is no part of what it is."""
        return {
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "labels": dict(sorted(self.labels.items())),
            "protected": self.protected,
        }


@dataclass(frozen=True, slots=True)
class Resource(Generic[SpecT_co]):
    """One validated resource: ``spec`` is an instance of its kind's spec model. Of any kind: ``Resource[object]``.

    ``document`` is None for a resource read back from stored state.
    """

    address: Address
    metadata: Metadata
    spec: SpecT_co
    owner: str = DEFAULT_OWNER
    document: Document | None = None

    @property
    def title(self) -> str:
        """The human name: the title, else the name."""
        return self.metadata.title or self.metadata.name

    def place(self, path: Path = ()) -> Place:
        """The place of the value at ``path`` below the document's root, for a diagnostic."""
        return self.document.place(path) if self.document else Place(f"({self.address} in stored state)")


@dataclass(frozen=True, slots=True)
class Record:
    """A resource as stored, and as compared: plain data with all defaults, canonical.

    ``templates`` and ``files`` map a name (a path in the templates or manifests folder, or ``builtin:NAME``) to the
    SHA-256 of its content. ``source`` (``FILE:LINE``) tells where it came from and is outside the digest, as
    is ``renamed_from``, the name a manifest says it had: it is never stored.
    """

    address: Address
    owner: str
    schema_version: int
    metadata: Mapping[str, Any]
    spec: Mapping[str, Any]
    templates: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    renamed_from: str = ""
    _digest: list[str] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def title(self) -> str:
        """The human name; empty where it has none."""
        return str(self.metadata.get("title") or "")

    @property
    def digest(self) -> str:
        """Fingerprint of everything that makes the resource what it is; owner and source stand outside. Taken once."""
        if not self._digest:
            self._digest.append(digest(self.content()))
        return self._digest[0]

    def content(self) -> dict[str, Any]:
        """What the digest covers and the diff compares: metadata, spec, and hashes of templates and files."""
        return {
            "metadata": self.metadata,
            "spec": self.spec,
            "templates": self.templates,
            "files": self.files,
        }
