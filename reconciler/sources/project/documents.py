"""The documents of a project as one environment sees them: manifests, the platform's server, variables, overlays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path

from reconciler.model.configuration.address import Address
from reconciler.model.configuration.resource import Document
from reconciler.model.diagnostic import Diagnostic, Place, make_error
from reconciler.model.errors import UserError
from reconciler.model.suggestion import Vocabulary, list_words
from reconciler.sources.manifests import read_manifests
from reconciler.sources.project.file import NAME, ProjectFile
from reconciler.sources.project.merge import NOTHING_HIT, find_misses, merge_trees
from reconciler.sources.project.platform_file import PLATFORM, adjust_server, refuse_server
from reconciler.sources.project.trees import Tree, make_document, make_tree
from reconciler.sources.project.variables import Variables, fill_in
from reconciler.sources.reading import ReadingTime, Root


def read_project_documents(project: Root, file: ProjectFile) -> tuple[list[Document], list[Diagnostic]]:
    """Every document of the manifests, variables filled in and overlays laid over, and every fault found on the way.

    Raises `UserError` where there is no folder or no manifest file in it.
    """
    time = ReadingTime()
    documents, diagnostics = read_manifests(project, file.manifests, time)
    reader = _DocumentCollector(file, whole=not diagnostics)
    reader.diagnostics += diagnostics
    for document in documents:
        time.check(document.file)
        reader.add(reader.filled(document))
    reader.diagnostics += _misplaced(file)
    if not reader.diagnostics or reader.whole:
        for name, place in zip(file.overlays, file.overlay_places, strict=True):
            time.check(name)
            reader.lay_over(_list_overlays(project, name, place, reader.diagnostics, time))
    reader.settle()
    return [*reader.documents, *reader.platform], reader.diagnostics


class _DocumentCollector:
    """Collects documents. ``whole``: every manifest could be read, so that what an overlay does not find is not there."""

    def __init__(self, file: ProjectFile, *, whole: bool) -> None:
        self.documents: list[Document] = []
        self.diagnostics: list[Diagnostic] = []
        self.whole = whole
        self.platform = [file.platform.document] if file.platform else []
        self._file = file
        self._variables = Variables(file.variables, file.environment)
        self._where: dict[Address, int] = {}
        self._trees: dict[int, Tree] = {}

    def filled(self, document: Document) -> Document:
        made, faults = fill_in(document, self._variables)
        self.diagnostics += faults
        return made

    def add(self, document: Document) -> None:
        """One manifest; what it says about the platform's server is laid over that."""
        address = read_address(document)
        if self._file.platform and address and address.kind == PLATFORM.kind:
            if address != PLATFORM:
                self.diagnostics.append(refuse_server(document, address))
            else:
                self._adjust(document)
            return
        if address:
            self._where.setdefault(address, len(self.documents))
        self.documents.append(document)

    def lay_over(self, documents: Iterable[Document]) -> None:
        """The overlays of one folder; each address is named once."""
        seen: dict[Address, Document] = {}
        for document in map(self.filled, documents):
            address = read_address(document)
            if address is None:
                detail = (
                    "An overlay names what it changes: apiVersion, kind and metadata with the name, then what differs."
                )
                self.diagnostics.append(
                    make_error("Overlay without an address", detail, document.place(()), None, "Add them.")
                )
            elif address in seen:
                detail = (
                    f"{address} stands at {seen[address].place(('metadata', 'name'))} already; one folder says it once."
                )
                place = document.place(("metadata", "name"))
                self.diagnostics.append(make_error("Duplicate overlay", detail, place, address, "Make one of the two."))
            else:
                seen[address] = document
                self._hit(document, address)

    def _hit(self, document: Document, address: Address) -> None:
        if self.platform and address == PLATFORM:
            self._adjust(document)
        elif address in self._where:
            index = self._where[address]
            base, over = self._trees.get(index) or make_tree(self.documents[index]), make_tree(document)
            self.diagnostics += find_misses(base, over, address)
            self._trees[index] = merge_trees(base, over)
        elif self.whole:
            self.diagnostics.append(self._no_hit(document, address))

    def settle(self) -> None:
        """Make documents again of those that something was laid over."""
        for index, tree in self._trees.items():
            self.documents[index] = make_document(tree, self.documents[index].file)

    def _no_hit(self, document: Document, address: Address) -> Diagnostic:
        same_kind = self._names.get(address.kind)
        otherwise = (
            f"The manifests have {list_words(same_kind)}." if same_kind else f"The manifests have no {address.kind}."
        )
        detail = f"No manifest declares {address}, so there is nothing this could change."
        near = self._vocabulary.find_nearest(str(address))
        hint = f'Did you mean "{near}"?' if near else otherwise
        return make_error(NOTHING_HIT, detail, document.place(("metadata", "name")), address, hint)

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        return Vocabulary(map(str, self._where))

    @cached_property
    def _names(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for each in self._where:
            found.setdefault(each.kind, []).append(str(each))
        return found

    def _adjust(self, document: Document) -> None:
        assert self._file.platform is not None
        made, faults = adjust_server(self.platform[0], document, self._file.platform)
        self.platform = [made]
        self.diagnostics += faults


def read_address(document: Document) -> Address | None:
    """The address a document claims; None where it claims none."""
    data = document.data
    metadata = data.get("metadata") if isinstance(data, Mapping) else None
    name = metadata.get("name") if isinstance(metadata, Mapping) else None
    kind = data.get("kind") if isinstance(data, Mapping) else None
    return Address(kind, name) if isinstance(kind, str) and isinstance(name, str) else None


def _misplaced(file: ProjectFile) -> list[Diagnostic]:
    """Overlays among the manifests would be manifests."""
    found = []
    for name, place in zip(file.overlays, file.overlay_places, strict=True):
        if Path(name).is_relative_to(file.manifests) or Path(file.manifests).is_relative_to(name):
            detail = f"{name} and the manifests folder {file.manifests} lie inside each other: each file would be both."
            found.append(
                make_error("Overlay among the manifests", detail, place, None, "Put overlays into a folder beside it.")
            )
    return found


def _list_overlays(
    project: Root, name: str, place: Place, diagnostics: list[Diagnostic], time: ReadingTime
) -> list[Document]:
    """The overlays of a folder; none, and a diagnostic, where there is no such folder or nothing in it."""
    try:
        documents, faults = read_manifests(project, name, time)
    except UserError as fault:
        detail = f"{NAME} names {name} as a folder of overlays, and there is no overlay. {fault.detail}"
        diagnostics.append(
            make_error("No overlays", detail, place, None, "Correct the path, or remove it from overlays.")
        )
        return []
    diagnostics += faults
    return documents
