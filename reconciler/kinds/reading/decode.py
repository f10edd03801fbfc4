"""From documents to resources, from stored records back to resources, and the checks that need more than one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, Field, ValidationError

from reconciler.kinds.fields.spec import STORED, Spec, about, plain
from reconciler.kinds.fields.texts import HeaderText, ResourceName, TitleText
from reconciler.kinds.project.spec import ProjectSpec
from reconciler.kinds.protocol.answers import Finding, Reference
from reconciler.kinds.protocol.kind import AnyKind
from reconciler.kinds.protocol.world import World
from reconciler.kinds.reading.faults import (
    MISSING_FIELD,
    UNKNOWN_FIELD,
    UNKNOWN_REFERENCE,
    WRONG_TYPE,
    described,
    findings,
)
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.resource import DEFAULT_OWNER, Document, Metadata, Path, Record, Resource
from reconciler.model.diagnostic import Diagnostic, Faults, make_error, sort_diagnostics
from reconciler.model.errors import StateFault, report_damage
from reconciler.model.suggestion import SHOWN, Vocabulary, suggest_name

CLAIMED_TWICE = "Old name claimed twice"

_PATH = ("metadata", "renamedFrom")


def rename_faults(world: World) -> Iterator[Diagnostic]:
    """A resource that says it was itself, two that say they were one, and one whose old name is in use."""
    claimed: dict[Address, Resource[object]] = {}
    for address in sorted(world.resources):
        resource = world.resources[address]
        if not resource.metadata.renamed_from:
            continue
        old = Address(address.kind, resource.metadata.renamed_from)
        first = claimed.setdefault(old, resource)
        if old == address:
            yield _fault(resource, f"{address} says that it was renamed from itself.", "Remove renamedFrom.")
        elif first is not resource:
            said = f"{first.address} says at {first.place(_PATH)} that it was {old}, and so does {address}."
            yield _fault(resource, said, "Leave renamedFrom to the one that goes on as what it was.")
        elif old in world.resources or old in world.unread:
            where = f" at {world.resources[old].place()}" if old in world.resources else ""
            said = f"{address} says that it was {old}, but a manifest declares {old}{where}."
            yield _fault(resource, said, "Remove renamedFrom, or the resource of the old name.")


def _fault(resource: Resource[object], said: str, hint: str) -> Diagnostic:
    return make_error(
        CLAIMED_TWICE,
        f"{said} What runs under a name goes on in one place.",
        resource.place(_PATH),
        resource.address,
        hint,
    )


API_VERSION = "reconciler/v1"

ModelT = TypeVar("ModelT", bound=BaseModel)

Registry = Mapping[str, AnyKind]

OUTSIDE = ProjectSpec.KIND
"""The kind that no manifest holds: it has a file of its own."""

_ENVELOPE = ("apiVersion", "kind", "metadata", "spec")


class MetadataFields(Spec):
    """What may stand under ``metadata``."""

    name: Annotated[ResourceName, about("What other documents call it; unique within the kind.")]
    title: Annotated[TitleText, about("The human name, shown in mails and plans.", otherwise="none")] = ""
    description: Annotated[HeaderText, about("One line for those who read the manifest.", otherwise="none")] = ""
    labels: Annotated[
        Mapping[HeaderText, HeaderText], Field(default_factory=dict), about("Text by name, one line each.")
    ]
    renamed_from: Annotated[
        ResourceName | None,
        about("An earlier name: what waits and runs under it goes on under the new one. It may stay for ever."),
    ] = None
    protected: Annotated[bool, about("true: a guard keeps what was applied from being deleted.")] = False


def read_world(
    documents: Iterable[Document],
    registry: Registry,
    *,
    project: Resource[object] | None = None,
    owner_of: Callable[[str, str], str] = lambda file, name: DEFAULT_OWNER,
    others: Mapping[Address, Resource[object]] | None = None,
) -> tuple[World, list[Diagnostic]]:
    """All there is to do with documents: `decode`, then `check`, with every diagnostic of both, in order.

    ``project`` comes from the project file and joins what they hold; ``owner_of`` tells from file and name whose each is.
    ``others``: what other owners have in the state; it may be referenced, and stands in the world with the rest.
    """
    documents = list(documents)
    resources, diagnostics = decode(documents, registry)
    unread = {address for each in documents if (address := _address(each.data))}
    resources = {address: replace(each, owner=_owner(each, owner_of)) for address, each in resources.items()}
    if project:
        resources[project.address] = project
    world = World({**(others or {}), **resources}, unread)
    return world, sort_diagnostics(diagnostics + check(world, registry))


def read_one(document: Document, kind: str, model: type[ModelT]) -> tuple[Resource[ModelT] | None, list[Diagnostic]]:
    """A document that stands alone in a file of its own and has to be of the kind, its spec one of ``model``."""
    reader = _DocumentDecoder(document, Faults())
    return reader.one(kind, model), sort_diagnostics(reader.faults.all())


def _owner(resource: Resource[object], owner_of: Callable[[str, str], str]) -> str:
    return owner_of(resource.document.file, resource.address.name) if resource.document else resource.owner


def decode(
    documents: Iterable[Document], registry: Registry
) -> tuple[dict[Address, Resource[object]], list[Diagnostic]]:
    """Every document that has no fault as a resource, and every fault of the others. An empty document is nothing.

    Addresses that exist but did not decode are those the other documents claim.
    """
    resources: dict[Address, Resource[object]] = {}
    faults: dict[str, Faults] = {}
    seen: dict[Address, Document] = {}
    for document in documents:
        if document.data is None:
            continue
        reader = _DocumentDecoder(document, faults.setdefault(document.file, Faults()))
        resource = reader.resource(registry)
        if reader.address:
            first = seen.setdefault(reader.address, document)
            if first is not document:
                reader.faults.add(_twice, reader.address, first, document)
                resource = None
        if resource:
            resources[resource.address] = resource
    return resources, sort_diagnostics(each for found in faults.values() for each in found.all())


def check(world: World, registry: Registry, known: Collection[Address] = ()) -> list[Diagnostic]:
    """What is wrong between resources: references that hit nothing, then what each kind checks itself.

    ``known``: addresses that exist but did not decode, besides `World.unread`; nothing is said of what depends on them.
    """
    world = World(world.resources, world.unread | frozenset(known))
    found = list(rename_faults(world))
    names = _Names(world)
    for resource in world.resources.values():
        kind = registry[resource.address.kind]
        for finding in (*_list_unknown_references(kind.references(resource), names), *kind.check(resource, world)):
            place = resource.place(finding.path)
            found.append(
                Diagnostic(finding.severity, finding.summary, finding.detail, place, resource.address, finding.hint)
            )
    return sort_diagnostics(found)


def world_of(records: Iterable[Record], registry: Registry) -> World:
    """Stored records as typed resources, older specs upgraded. Raises `StateFault` for what this version cannot read."""
    return World({record.address: resource_of(record, registry) for record in records})


def resource_of(record: Record, registry: Registry) -> Resource[object]:
    """One stored record as a typed resource; see `world_of`."""
    kind = registry.get(record.address.kind)
    if kind is None or record.schema_version > kind.schema_version:
        raise StateFault(
            "The state is of a newer version",
            f"{record.address} is stored in schema version {record.schema_version}, which this version cannot read.",
            "Use the version of reconciler that applied it, or a newer one.",
        )
    spec: Mapping[str, Any] = record.spec
    for upgrade in kind.upgrades[record.schema_version - 1 :]:
        spec = upgrade(spec)
    try:
        metadata = _store_metadata(record)
        read = kind.spec.model_validate(dict(spec), context=STORED)
        return Resource(record.address, metadata, read, record.owner)
    except (ValidationError, TypeError):
        raise report_damage(f"What is stored as {record.address} does not fit its kind.") from None


def _store_metadata(record: Record) -> Metadata:
    found = Metadata(**record.metadata)
    labels = found.labels if isinstance(found.labels, dict) else {"": None}
    texts = [found.title, found.description, *labels, *labels.values()]
    plain = isinstance(found.protected, bool) and all(isinstance(each, str) for each in texts)
    if not plain or found.name != record.address.name:
        raise TypeError("metadata as nothing writes it")
    return found


def spec_data(resource: Resource[object]) -> dict[str, Any]:
    """The spec as canonical plain data: camelCase, every default explicit, JSON types and `Decimal` only."""
    data: dict[str, Any] = plain(resource.spec)
    return data


class _DocumentDecoder:
    """Reads one document and notes every fault of it beside those of its file."""

    def __init__(self, document: Document, faults: Faults) -> None:
        self.document = document
        self.address: Address | None = None
        self.faults = faults
        self._before = faults.number

    def resource(self, registry: Registry) -> Resource[object] | None:
        data = self.document.data
        if not isinstance(data, Mapping):
            self._say(Finding((), WRONG_TYPE, f"A document is a mapping, found {described(data)}.", _START))
            return None
        self.address = _address(data)
        kind = self._kind(data, registry)
        self._envelope(data)
        metadata = self._part(data, "metadata", MetadataFields)
        spec = self._part(data, "spec", kind.spec) if kind else None
        if self.faults.number > self._before or self.address is None or metadata is None or spec is None:
            return None
        return Resource(self.address, _metadata(metadata), spec, document=self.document)

    def one(self, kind: str, model: type[ModelT]) -> Resource[ModelT] | None:
        """The resource of a document that has to be of this kind."""
        data = self.document.data
        if not isinstance(data, Mapping):
            self._say(Finding((), WRONG_TYPE, f"A document is a mapping, found {described(data)}.", _START))
            return None
        self.address = _address(data)
        self._envelope(data)
        if data.get("kind", kind) != kind:
            hint = f"Write kind: {kind}; manifests go into their own folder."
            self._say(Finding(("kind",), "Wrong kind", f"This file holds a document of kind {kind}.", hint))
        metadata, spec = self._part(data, "metadata", MetadataFields), self._part(data, "spec", model)
        if self.faults.number > self._before or self.address is None or metadata is None or spec is None:
            return None
        return Resource(self.address, _metadata(metadata), spec, document=self.document)

    def _kind(self, data: Mapping[str, Any], registry: Registry) -> AnyKind | None:
        name = data.get("kind")
        if "kind" not in data:
            return None
        if not isinstance(name, str):
            self._say(Finding(("kind",), WRONG_TYPE, f"kind expects text, found {described(name)}.", _kinds(registry)))
            return None
        if name == OUTSIDE:
            hint = "Write it into the file reconciler.yaml in the project's folder."
            self._say(Finding(("kind",), "Not a manifest", "A Project is no manifest: it has a file of its own.", hint))
            return None
        if name not in registry:
            hint = suggest_name(name, [kind for kind in registry if kind != OUTSIDE], _kinds(registry))
            self._say(Finding(("kind",), "Unknown kind", f'There is no kind "{name}".', hint))
        return registry.get(name)

    def _part(self, data: Mapping[str, Any], key: str, model: type[ModelT]) -> ModelT | None:
        if key not in data:
            return None
        try:
            return model.model_validate(data[key])
        except ValidationError as error_:
            most = max(1, self.faults.room)  # one is found in any case: without a fault there would be a resource
            for finding, at_key in findings(error_, model, (key,), most):
                self._say(finding, at_key)
            self.faults.skip(error_.error_count() - most)
            return None

    def _envelope(self, data: Mapping[str, Any]) -> None:
        """Faults of the top level."""
        unknown, room = [key for key in data if key not in _ENVELOPE], self.faults.room
        for key in unknown[:room]:
            hint = suggest_name(key, _ENVELOPE, _START)
            self._say(Finding((key,), UNKNOWN_FIELD, f'There is no field "{key}" here.', hint), at_key=True)
        self.faults.skip(len(unknown) - room)
        for key in _ENVELOPE:
            if key not in data:
                self._say(Finding((), MISSING_FIELD, f'"{key}" is required here.', _START))
        version = data.get("apiVersion", API_VERSION)
        if version != API_VERSION:
            detail = "This version of reconciler does not know the apiVersion written here."
            self._say(Finding(("apiVersion",), "Unknown version", detail, f"Write apiVersion: {API_VERSION}."))

    def _say(self, finding: Finding, at_key: bool = False) -> None:
        self.faults.add(self._diagnostic, finding, at_key)

    def _diagnostic(self, finding: Finding, at_key: bool) -> Diagnostic:
        place = self.document.key_place(finding.path) if at_key else self.document.place(finding.path)
        return Diagnostic(finding.severity, finding.summary, finding.detail, place, self.address, finding.hint)


def _kinds(registry: Registry) -> str:
    return f"Known kinds: {', '.join(kind for kind in registry if kind != OUTSIDE)}."


def _metadata(read: MetadataFields) -> Metadata:
    return Metadata(read.name, read.title, read.description, dict(read.labels), read.protected, read.renamed_from or "")


_START = f"A resource begins with apiVersion: {API_VERSION}, kind, metadata and spec."


def _address(data: Any) -> Address | None:
    """The address a document claims, as far as it can be told: diagnostics name it, valid or not."""
    if not isinstance(data, Mapping):
        return None
    metadata = data.get("metadata")
    name = metadata.get("name") if isinstance(metadata, Mapping) else None
    kind = data.get("kind")
    return Address(kind, name) if isinstance(kind, str) and isinstance(name, str) else None


def _twice(address: Address, first: Document, second: Document) -> Diagnostic:
    path: Path = ("metadata", "name")
    detail = f"{address} stands at {first.place(path)} already; an address is unique."
    return make_error("Duplicate address", detail, second.place(path), address, "Rename or remove one of the two.")


class _Names:
    """What the resources of each kind are called."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._by_kind: dict[str, tuple[Vocabulary, str]] = {}

    def hint(self, target: Address) -> str:
        """What a reference to the target, which is not there, may mean."""
        if target.kind not in self._by_kind:
            self._by_kind[target.kind] = self._know(target.kind)
        vocabulary, known = self._by_kind[target.kind]
        near = vocabulary.find_nearest(target.name)
        return f'Did you mean "{near}"?' if near else known

    def _know(self, kind: str) -> tuple[Vocabulary, str]:
        unread = [address.name for address in self.world.unread if address.kind == kind]
        names = sorted([*(each.address.name for each in self.world.of_kind(kind)), *unread])
        more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
        known = f"Known: {', '.join(names[:SHOWN])}{more}." if names else f"Declare it, as a resource of kind {kind}."
        return Vocabulary(names), known


def _list_unknown_references(references: Iterable[Reference], names: _Names) -> Iterator[Finding]:
    world = names.world
    for reference in references:
        target = reference.target
        if target not in world.resources and target not in world.unread:
            yield Finding(reference.path, UNKNOWN_REFERENCE, f"There is no {target}.", names.hint(target))
