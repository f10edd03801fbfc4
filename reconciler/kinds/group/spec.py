"""What a Group says: who is in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated

from reconciler.kinds.fields.recipients import SomeRecipients
from reconciler.kinds.fields.spec import ResourceSpec, about
from reconciler.kinds.protocol.answers import (
    Reference,
)
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.resource import Path, Resource
from reconciler.model.mail.mailbox import GroupReference, Recipient


class GroupSpec(ResourceSpec):
    """``members``: sorted, each once."""

    KIND = "Group"

    members: Annotated[
        SomeRecipients, about("Addresses and other groups, at least one. Groups may be nested, but not in a circle.")
    ]


def group_references(resource: Resource[object], path: Path, recipients: Iterable[Recipient]) -> Iterator[Reference]:
    """A reference for each group among the recipients, where it is written; ``path`` is the field that holds them."""
    groups = [each.group for each in recipients if isinstance(each, GroupReference)]
    written = _write_at(resource, path) if groups else {}
    for group in groups:
        yield Reference((*path, *written.get(group, ())), Address(GroupSpec.KIND, group))


def _write_at(resource: Resource[object], path: Path) -> dict[str, Path]:
    """Recipients are kept sorted, so each group is looked for where the document first has it."""
    found = resource.document.data if resource.document else None
    for part in path:
        if not isinstance(found, Mapping | list):
            return {}
        found = found[part]  # type: ignore[index]  # the path was read from this very document
    items = enumerate(found) if isinstance(found, list) else ()
    groups = [(index, item["group"]) for index, item in items if isinstance(item, Mapping) and "group" in item]
    return {group: (index, "group") for index, group in reversed(groups)}
