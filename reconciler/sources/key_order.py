"""The order in which manifests write keys: that of the envelope, and below it that in which each kind declares its fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, get_args, get_origin

from reconciler.kinds.fields.fields import Reads, Spec
from reconciler.kinds.project.kind import Project, ProjectFileSpec
from reconciler.kinds.reading.decode import MetadataFields, Registry


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


def document_order(kind: Any, registry: Registry) -> KeyOrder:
    """The order of a document of the kind; below ``spec`` it is as written where there is no such kind."""
    if kind == Project.name:
        spec = model_order(ProjectFileSpec)
    else:
        known = registry.get(kind) if isinstance(kind, str) else None
        spec = model_order(known.spec) if known else AS_WRITTEN
    return KeyOrder(("apiVersion", "kind", "metadata", "spec"), {"metadata": model_order(MetadataFields), "spec": spec})


def model_order(model: type[Any]) -> KeyOrder:
    """The order of a mapping that is read through the model: a name first, then its fields as they are declared."""
    fields = {info.alias or name: info for name, info in model.model_fields.items()}
    below = {name: _within(info.annotation, tuple(info.metadata)) for name, info in fields.items()}
    return KeyOrder(tuple(sorted(fields, key=lambda name: name != "name")), below)


def _within(annotation: Any, metadata: tuple[Any, ...] = ()) -> KeyOrder:
    for each in metadata:
        if isinstance(each, Reads):
            return model_order(each.model)
    if isinstance(annotation, type) and issubclass(annotation, Spec):
        return model_order(annotation)
    arguments = get_args(annotation)
    if get_origin(annotation) is Annotated:
        return _within(arguments[0], arguments[1:])
    if get_origin(annotation) is Mapping:
        return KeyOrder(every=_within(arguments[1]))
    return next((found for each in arguments if (found := _within(each)) != AS_WRITTEN), AS_WRITTEN)
