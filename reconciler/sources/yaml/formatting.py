"""One canonical layout for a YAML file, in which it means what it meant and has every comment it had."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, get_args, get_origin

from reconciler.kinds.fields.spec import Reads, Spec
from reconciler.kinds.project.spec import ProjectFileSpec, ProjectSpec
from reconciler.kinds.reading.decode import MetadataFields, Registry
from reconciler.model.configuration.resource import Document
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.errors import Bug
from reconciler.sources.reading import ReadingTime
from reconciler.sources.yaml.documents import read_documents
from reconciler.sources.yaml.layout import lay_out
from reconciler.sources.yaml.nodes import Collection, Node, TextDocument, TextStream, read_nodes


@dataclass(frozen=True, slots=True)
class KeyOrder:
    """``names`` come first, in this order; what else there is keeps its own. ``below``: the orders inside the values of these
    keys; ``every``: inside all other values. A list hands its order on to its items."""

    names: tuple[str, ...] = ()
    below: Mapping[str, KeyOrder] = field(default_factory=dict)
    every: KeyOrder | None = None

    def inside(self, key: str) -> KeyOrder:
        """The order inside the value of that key."""
        return self.below.get(key) or self.every or AS_WRITTEN


AS_WRITTEN = KeyOrder()
"""Nothing is put before anything else."""


def find_document_order(kind: object, registry: Registry) -> KeyOrder:
    """The order of a document of the kind; below ``spec`` it is as written where there is no such kind."""
    if kind == ProjectSpec.KIND:
        spec = find_model_order(ProjectFileSpec)
    else:
        known = registry.get(kind) if isinstance(kind, str) else None
        spec = find_model_order(known.spec) if known else AS_WRITTEN
    return KeyOrder(
        ("apiVersion", "kind", "metadata", "spec"), {"metadata": find_model_order(MetadataFields), "spec": spec}
    )


def find_model_order(model: type[Spec]) -> KeyOrder:
    """The order of a mapping that is read through the model: a name first, then its fields as they are declared."""
    fields = {info.alias or name: info for name, info in model.model_fields.items()}
    below = {name: _within(info.annotation, tuple(info.metadata)) for name, info in fields.items()}
    return KeyOrder(tuple(sorted(fields, key=lambda name: name != "name")), below)


def _within(annotation: Any, metadata: tuple[Any, ...] = ()) -> KeyOrder:
    for each in metadata:
        if isinstance(each, Reads):
            return find_model_order(each.model)
    if isinstance(annotation, type) and issubclass(annotation, Spec):
        return find_model_order(annotation)
    arguments = get_args(annotation)
    if get_origin(annotation) is Annotated:
        return _within(arguments[0], arguments[1:])
    if get_origin(annotation) is Mapping:
        return KeyOrder(every=_within(arguments[1]))
    return next((found for each in arguments if (found := _within(each)) != AS_WRITTEN), AS_WRITTEN)


_ENTRY = KeyOrder(("guard", "address", "reason", "until"))
"""Of an acknowledgement: the only documents that are lists."""


def format_manifest(
    text: str, file: str, registry: Registry, time: ReadingTime | None = None
) -> tuple[str, list[Diagnostic]]:
    """The text in its canonical layout, and every fault of its YAML: with one the text comes back as it was.

    Line breaks are those of its first line. Raises `Bug` rather than give back a text that means anything else.
    """
    unix = text.replace("\r\n", "\n")
    documents, faults = read_documents(unix, file, time)
    if faults:
        return text, faults
    stream = read_nodes(unix)
    for document in stream.documents:
        if not document.anchored:  # an alias has to come after its anchor
            arrange(document.root, _order(document, registry))
    made = lay_out(stream)
    _require_same(documents, stream, made, file)
    return keep_breaks(text, made), []


def keep_breaks(text: str, made: str) -> str:
    """``made`` with the line breaks that the first line of ``text`` has."""
    return made.replace("\n", "\r\n") if text.partition("\n")[0].endswith("\r") else made


def arrange(node: Node, order: KeyOrder) -> None:
    """Bring the keys of the node, and of all below, into order."""
    if not isinstance(node, Collection):
        return
    if node.is_map:
        places = {name: index for index, name in enumerate(order.names)}
        node.entries.sort(key=lambda entry: places.get(_key(entry.key), len(places)))
    for entry in node.entries:
        arrange(entry.value, order.inside(_key(entry.key)) if node.is_map else order)


def require_same(before: str, after: str, file: str) -> None:
    """Raise `Bug` unless both texts hold the same documents and the same comments."""
    _require_same(read_documents(before, file)[0], read_nodes(before), after, file)


def _require_same(documents: list[Document], stream: TextStream, after: str, file: str) -> None:
    made, faults = read_documents(after, file)
    same = len(documents) == len(made) and not faults
    same = same and all(_alike(a.data, b.data) for a, b in zip(documents, made, strict=True))
    new = read_nodes(after) if same else stream
    same = same and Counter(stream.comments) == Counter(new.comments)
    if not same or len(stream.documents) != len(new.documents):
        raise Bug(
            "A file would have lost something",
            f"{file} would not mean the same in the new layout: this is a bug in reconciler. Nothing was written.",
            "Leave the file as it is, and report it with the smallest part of it that shows this.",
        )


def _order(document: TextDocument, registry: Registry) -> KeyOrder:
    root = document.root
    if not isinstance(root, Collection) or not root.is_map:
        return _ENTRY
    kind = root.get("kind")
    return find_document_order(getattr(kind.value, "value", None) if kind else None, registry)


def _key(key: Any) -> str:
    return key.value if key is not None else ""


def _alike(a: Any, b: Any) -> bool:
    """Equal, with equal types: `True` is not 1, and 1 is not 1.0."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_alike(value, b[key]) for key, value in a.items())
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(_alike(x, y) for x, y in zip(a, b, strict=True))
    return type(a) is type(b) and bool(a == b)
