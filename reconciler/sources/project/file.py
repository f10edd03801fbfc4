"""The project file: the nearest reconciler.yaml upward, read for one environment."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path as Folder
from pathlib import PurePosixPath
from typing import Any

from reconciler.kinds.project.spec import OwnerRule, ProjectFileSpec, ProjectKeys, ProjectSpec
from reconciler.kinds.reading.decode import read_one
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.resource import DEFAULT_OWNER, PLATFORM_OWNER, Document, Metadata, Path, Resource
from reconciler.model.diagnostic import Diagnostic, Place, has_errors, make_error, sort_diagnostics
from reconciler.model.errors import InvalidManifests, UserError
from reconciler.model.suggestion import list_words, suggest_name
from reconciler.model.wording import Given, Sentence
from reconciler.sources.manifests import read_manifest_text
from reconciler.sources.project.merge import merge_trees
from reconciler.sources.project.trees import Tree, make_document, make_plain, make_tree
from reconciler.sources.reading import Root
from reconciler.sources.yaml.documents import read_documents

NAME = "reconciler.yaml"
"""The one name of a project file."""

_ENVIRONMENT_ONLY = ("overlays", "vars")


@dataclass(frozen=True, slots=True)
class ProjectFile:
    """A project as one environment sees it. Paths are relative to the project's folder, with slashes.

    ``resource``: what is planned of it; None without a file. ``platform``: what the installation brings along, if anything.
    """

    environment: str | None = None
    manifests: str = "manifests"
    templates: str = "templates"
    state: str | None = None
    owner: str = DEFAULT_OWNER
    owners: tuple[OwnerRule, ...] = ()
    overlays: tuple[str, ...] = ()
    overlay_places: tuple[Place, ...] = ()
    variables: Mapping[str, Any] = field(default_factory=dict)
    resource: Resource[ProjectSpec] | None = None
    platform: Platform | None = None

    def owner_of(self, file: str, name: str) -> str:
        """Whose a resource is: the first rule its file and its name fit decides."""
        if self.platform and file == self.platform.document.file:
            return PLATFORM_OWNER
        return next((rule.name for rule in self.owners if _fits(rule, file, name)), self.owner)

    @property
    def all_owners(self) -> frozenset[str]:
        """Whose stored resources this project may change and delete: nobody else's."""
        return frozenset({self.owner, *(rule.name for rule in self.owners)})


@dataclass(frozen=True, slots=True)
class Platform:
    """The mail server an installation brings along. ``locked``: paths below its spec that no manifest may set."""

    document: Document
    locked: tuple[tuple[str, ...], ...]


NO_FILE = ProjectFile()
"""A project without a file: everything has its default."""


def find_project(directory: Folder) -> Folder:
    """The folder of the nearest project file upward, else the directory itself. Both absolute, links followed."""
    start = directory.resolve()
    # What stands there and is no file is the project file all the same: one that is passed over would not be obeyed.
    return next((folder for folder in (start, *start.parents) if os.path.lexists(folder / NAME)), start)


def read_project_file(root: Root, environment: str | None) -> ProjectFile:
    """The project in the folder. Raises `InvalidManifests` for faults of the file, `UserError` for an environment that is
    missing, unknown, or given where there are none."""
    if not os.path.lexists(root.path / NAME):
        _require_none(environment, f"There is no {NAME} in {root.path}, so there are no environments.")
        return ProjectFile()
    document = _document(root)
    checked = _check(document)
    chosen = _choose(environment, checked.spec)
    tree = _effective(make_tree(document, ("spec",)), chosen)
    return _project(document, checked.metadata, tree, chosen)


def _document(root: Root) -> Document:
    text, faults = read_manifest_text(NAME, partial(root.read, NAME))
    documents: list[Document] = []
    if not faults:
        documents, faults = read_documents(text, NAME)
    if len(documents) != 1 and not faults:
        detail = f"The file holds {len(documents)} documents; a project is one."
        place = documents[1].place(()) if documents else Place(NAME)
        faults = [
            make_error("Not one document", detail, place, hint="Begin with apiVersion: reconciler/v1, kind: Project.")
        ]
    if faults:
        raise InvalidManifests(faults)
    return documents[0]


def _check(document: Document) -> Resource[ProjectFileSpec]:
    """The whole file, every environment of it. Raises `InvalidManifests` with all that is wrong."""
    data = document.data
    if isinstance(data, dict) and "spec" in data:
        data = data | {"spec": _without_nulls(data["spec"])}
    resource, found = read_one(replace(document, data=data), ProjectSpec.KIND, ProjectFileSpec)
    if resource is not None:
        found += _list_contradictions(document, resource.spec, resource.address)
        found += _reserved(document, resource.spec, resource.address)
    if resource is None or has_errors(found):
        raise InvalidManifests(sort_diagnostics(found))
    return resource


def _without_nulls(data: Any) -> Any:
    """The spec with what an environment sets to nothing left out: there it means "as if it were not written"."""
    if not isinstance(data, dict) or not isinstance(data.get("environments"), dict):
        return data
    named = {name: _prune(value) if isinstance(value, dict) else value for name, value in data["environments"].items()}
    return data | {"environments": named}


def _prune(data: dict[str, Any]) -> dict[str, Any]:
    return {
        key: _prune(value) if isinstance(value, dict) else value for key, value in data.items() if value is not None
    }


def _list_contradictions(document: Document, spec: ProjectFileSpec, address: Address | None) -> Iterator[Diagnostic]:
    for name, keys in spec.environments.items():
        path = ("spec", "environments", name)
        if "mail" not in keys.model_fields_set or "deliver" not in keys.mail.model_fields_set:
            detail = (
                f"The environment {name} does not say whom its mail reaches, and must not reach people by accident."
            )
            hint = "Add mail: {deliver: all}, redirect with redirectTo, or hold."
            yield make_error("Missing field", detail, document.key_place(path), address, hint)
        if keys.owner and keys.owners:
            yield _two_owners(document, (*path, "owners"), address)
    if spec.owner and spec.owners:
        yield _two_owners(document, ("spec", "owners"), address)


def _reserved(document: Document, spec: ProjectFileSpec, address: Address | None) -> Iterator[Diagnostic]:
    """Nobody but the installation owns what the platform brings."""
    places: list[tuple[ProjectKeys, Path]] = [(spec, ("spec",))]
    places += [(keys, ("spec", "environments", name)) for name, keys in spec.environments.items()]
    for keys, path in places:
        named = [(keys.owner, (*path, "owner"))]
        named += [(rule.name, (*path, "owners", index, "name")) for index, rule in enumerate(keys.owners)]
        for owner, at in named:
            if owner == PLATFORM_OWNER:
                detail = f"The owner {owner} is whoever runs the installation; no project can be it."
                yield make_error("Reserved name", detail, document.place(at), address, "Choose another name.")


def _two_owners(document: Document, path: tuple[str, ...], address: Address | None) -> Diagnostic:
    detail = "owner is for a project with one owner, owners for one with several."
    return make_error("Contradicting settings", detail, document.key_place(path), address, "Remove one of the two.")


def _choose(environment: str | None, spec: ProjectFileSpec) -> str | None:
    known = list(spec.environments)
    if not known:
        _require_none(environment, f"{NAME} defines no environments.")
        return None
    if environment is None:
        raise UserError(
            "No environment chosen",
            f"{NAME} defines environments, and what is true of one is not true of another: {list_words(known)}.",
            Sentence("Name one with ", Given("env", "NAME"), " or RECONCILER_ENV."),
        )
    if environment not in known:
        raise UserError(
            "Unknown environment",
            f"{NAME} defines no environment “{environment}”.",
            suggest_name(environment, known, f"It defines: {list_words(known)}."),
        )
    return environment


def _require_none(environment: str | None, detail: str) -> None:
    if environment is not None:
        hint = Sentence(
            "Leave out ", Given("env"), " (and RECONCILER_ENV), or define the environment under environments."
        )
        raise UserError("Unknown environment", f"“{environment}” is none: {detail}", hint)


def _effective(spec: Tree, environment: str | None) -> Tree:
    """The spec with the environment's keys laid over it; environments themselves are gone."""
    rest = {key: item for key, item in spec.value.items() if key != "environments"}
    base = Tree(rest, spec.place, spec.key)
    if environment is None:
        return base
    own = spec.value["environments"].value[environment]
    if any(key in own.value and own.value[key].value is not None for key in ("owner", "owners")):
        base = Tree({k: v for k, v in rest.items() if k not in ("owner", "owners")}, spec.place, spec.key)
    return merge_trees(base, own)


def _project(document: Document, metadata: Metadata, tree: Tree, environment: str | None) -> ProjectFile:
    data = make_plain(tree)
    keys = ProjectFileSpec.model_validate({key: value for key, value in data.items() if key not in _ENVIRONMENT_ONLY})
    planned = {field_.alias or name for name, field_ in ProjectSpec.model_fields.items()}
    spec = ProjectSpec.model_validate(
        {key: value for key, value in data.items() if key in planned} | {"environment": environment}
    )
    owner = keys.owner or DEFAULT_OWNER
    root = make_tree(document)
    whole = make_document(Tree(root.value | {"spec": tree}, root.place), NAME)
    file = ProjectFile(
        environment=environment,
        manifests=keys.manifests,
        templates=keys.templates,
        state=keys.state,
        owner=owner,
        owners=keys.owners,
        overlays=tuple(str(PurePosixPath(name)) for name in data.get("overlays", ())),
        overlay_places=tuple(whole.place(("spec", "overlays", i)) for i in range(len(data.get("overlays", ())))),
        variables=data.get("vars", {}),
    )
    address = Address(ProjectSpec.KIND, metadata.name)
    resource = Resource(address, metadata, spec, file.owner_of(NAME, metadata.name), whole)
    return replace(file, resource=resource)


def _fits(rule: OwnerRule, file: str, name: str) -> bool:
    inside = rule.path is None or PurePosixPath(file).is_relative_to(rule.path)
    return inside and name.startswith(rule.prefix)
