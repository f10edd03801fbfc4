"""why: where each value of a resource comes from, and who applied it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from reconciler.kinds.reading.decode import spec_data
from reconciler.model.configuration.address import Address, parse_address
from reconciler.model.configuration.change import Action
from reconciler.model.configuration.resource import Document, Path, Record, Resource
from reconciler.model.configuration.revision import Revision, ValueOrigin, Why
from reconciler.model.diagnostic import Place, has_errors
from reconciler.model.errors import NotFound, UserError
from reconciler.model.wording import Act, Do, Sentence
from reconciler.operations.configuration.desired import Desired, read_against
from reconciler.operations.configuration.show_resources import find_address
from reconciler.operations.context.workspace import Workspace


def show_history(
    workspace: Workspace, *, limit: int | None = None, before: int | None = None, address: str | None = None
) -> list[Revision]:
    """Revisions, newest first; only those of a smaller serial than ``before``, only those that changed ``address`` (then
    each with that change alone), one that is applied no more too. Raises `NotFound` for what never was."""
    history = workspace.state.history
    if address is None:
        return history.revisions(limit=limit, before=before)
    found = [each for each in _of(workspace, address) if before is None or each.serial < before]
    return found[:limit]


def list_left(workspace: Workspace, word: str) -> list[Revision]:
    """The revisions of a resource that is applied no more, newest first; none where the word is no address of one."""
    wanted = parse_address(word)
    return workspace.state.history.of(wanted) if wanted else []


def _of(workspace: Workspace, word: str) -> list[Revision]:
    known = workspace.state.snapshots.read().resources
    try:
        return workspace.state.history.of(find_address(word, known, where="in applied state"))
    except NotFound:
        if gone := list_left(workspace, word):
            return gone
        raise


def explain_why(workspace: Workspace, word: str) -> Why:
    """Raises `NotFound` for what neither a manifest nor applied state names."""
    stored = workspace.state.snapshots.read().resources
    desired, note = _manifests(workspace)
    declared = desired.world.resources if desired else {}
    address = _find_address(workspace, word, {*stored, *declared})
    revisions = workspace.state.history.of(address)
    resource, record = declared.get(address), stored.get(address)
    if resource is not None and resource.document is not None:
        values = _list_declared(resource, resource.document)
    else:
        values = [ValueOrigin(path, value, None) for path, value in _leaves(_content(record), ())]
        note = note or _unnamed(workspace, record)
    return Why(
        address=address,
        declared=resource.place() if resource and resource.document else None,
        values=tuple(_add_date(origin, revisions, record) for origin in values),
        last=revisions[0] if revisions else None,
        applied=record is not None,
        note=note,
    )


def _find_address(workspace: Workspace, word: str, known: Collection[Address]) -> Address:
    try:
        return find_address(word, known, where="in the manifests or in applied state")
    except NotFound as fault:
        gone = list_left(workspace, word)
        if not gone:
            raise
        deleted = gone[0].changes[0].action is Action.DELETE
        what = f"{gone[0].actor} deleted it with serial {gone[0].serial}." if deleted else "It was renamed since."
        detail = f"No manifest names {word} and it is not applied any more. {what}"
        raise NotFound("The resource is gone", detail, Sentence("See what it was: ", Do(Act.HISTORY, word))) from fault


def _manifests(workspace: Workspace) -> tuple[Desired | None, str]:
    try:
        desired = read_against(workspace)
    except UserError as fault:
        return None, f"The manifests could not be read ({fault.summary}); what follows is the applied resource."
    faulty = Sentence(
        "The manifests have errors (see ", Do(Act.VALIDATE), "); what cannot be read of them is left out."
    )
    return desired, faulty if has_errors(list(desired.diagnostics)) else ""


def _unnamed(workspace: Workspace, record: Record | None) -> str:
    if record is not None and record.owner not in workspace.project.all_owners:
        return f"It belongs to owner {record.owner}, not to these manifests: their applies do not change it."
    return "No manifest names it any more: the next apply deletes it."


def _content(record: Record | None) -> Mapping[str, Any]:
    return {"metadata": record.metadata, "spec": record.spec} if record else {}


def _list_declared(resource: Resource[object], document: Document) -> list[ValueOrigin]:
    """Every value of the resource with its place; the spec in the order it was written, as lists that are sets keep it."""
    content = {"metadata": resource.metadata.data(), "spec": spec_data(resource)}
    return [ValueOrigin(path, value, _place(document, path)) for path, value in _leaves(content, ())]


def _place(document: Document, path: Path) -> Place | None:
    """Where the document says it; None where it does not, and a default stands. A shorthand gives all it stands for."""
    value = document.data
    for step in path:
        if isinstance(value, Mapping):
            if step not in value:
                return None
            value = value[step]
        elif isinstance(value, list) and isinstance(step, int):
            if step >= len(value):
                return None
            value = value[step]
        else:
            break
    return document.place(path)


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Every field; a list whole, but for one of maps with several keys."""
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    elif isinstance(value, list | tuple) and value and all(isinstance(i, Mapping) and len(i) > 1 for i in value):
        for index, item in enumerate(value):
            yield from _leaves(item, (*path, index))
    else:
        yield path, value


def _add_date(origin: ValueOrigin, revisions: list[Revision], record: Record | None) -> ValueOrigin:
    """The value with the revision that changed it last: newest first, the first whose before says something else."""
    if record is None or _at(record, origin.path) is _ABSENT:
        return origin
    for revision in revisions:
        (change,) = revision.changes
        if not revision.complete:
            return origin
        if change.before is None or _at(change.before, origin.path) != _at(change.after, origin.path):
            return ValueOrigin(origin.path, origin.value, origin.place, revision.serial)
    return origin


_ABSENT = object()


def _at(record: Record | None, path: Path) -> Any:
    value: Any = _content(record)
    for step in path:
        inside = step in value if isinstance(value, Mapping) else isinstance(step, int) and step < len(value)
        if not inside:
            return _ABSENT
        value = value[step]
    return value
