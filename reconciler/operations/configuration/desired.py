"""Desired state: manifests, templates and files read, validated and turned into records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.kinds.project.spec import ProjectSpec
from reconciler.kinds.protocol.kind import AnyKind
from reconciler.kinds.protocol.world import World, home_domains
from reconciler.kinds.reading.decode import read_world, spec_data, world_of
from reconciler.kinds.reading.faults import UNKNOWN_REFERENCE
from reconciler.messages.contexts.invented import HOME, Invented
from reconciler.messages.language.limits import TemplateFault
from reconciler.messages.language.render import check, read_closure
from reconciler.messages.mail import Mail, MailCase, TemplateRef
from reconciler.model.canonical import digest, hash_bytes
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.guard import Acknowledgement
from reconciler.model.configuration.resource import Path, Record, Resource
from reconciler.model.configuration.selector import Selector
from reconciler.model.diagnostic import (
    Diagnostic,
    Place,
    Severity,
    has_errors,
    make_error,
    make_warning,
    sort_diagnostics,
)
from reconciler.model.errors import Bug, InvalidManifests, UserError
from reconciler.model.suggestion import list_words
from reconciler.operations.context.workspace import Workspace
from reconciler.operations.walled.items import Trial
from reconciler.operations.walled.work import Death, Job, describe_death
from reconciler.planning.graph.reference_graph import records
from reconciler.sources.project.acknowledgements import read_acknowledgements
from reconciler.sources.project.documents import read_project_documents
from reconciler.sources.templates import Templates, read_file, require_certificates

_CHECK = Job[Trial, tuple[TemplateFault, ...]]("check", tuple[TemplateFault, ...])


@dataclass(frozen=True, slots=True)
class CaseFault:
    """A fault of one trial."""

    trial: Trial
    fault: TemplateFault


def try_templates(trials: Sequence[Trial]) -> list[CaseFault]:
    """Check every trial against its context and render its samples; every fault found, in order. A death is a fault."""
    answers = zip(trials, _CHECK.all(trials), strict=True)
    return [
        CaseFault(trial, fault)
        for trial, answer in answers
        for fault in ([_death(trial, answer)] if isinstance(answer, Death) else answer)
    ]


def read_templates(trials: Sequence[Trial]) -> list[CaseFault]:
    """What can be said without rendering, here and now: for templates that came through a trial before they were stored."""
    return [
        CaseFault(trial, fault)
        for trial in trials
        for fault in check(trial.case.mail, trial.sources, trial.case.shape, compiled=False)
    ]


def _death(trial: Trial, death: Death) -> TemplateFault:
    if not trial.case.mail.templates:
        raise Bug("A mail without templates was tried; this is a bug in reconciler")
    template = max(trial.case.mail.templates, key=lambda t: len(trial.sources.get(t.name, t.inline or "")))
    hint = "Make the template smaller: fewer loops inside loops, no growing values."
    said = describe_death(trial.case.label, death)
    return TemplateFault(template.name, 1, "Template cannot be rendered safely", said, hint)


@dataclass(frozen=True, slots=True)
class Desired:
    """What the manifests ask for. ``blobs``: contents of all templates and files by SHA-256. ``acknowledgements``: what
    stands in the file of that name. ``targets``: what `--target` picks of it; empty where all of it is meant.
    ``gone``: why what is not in it goes, where it does not come from manifests. ``invented``: what samples invent, of the
    whole of it, also where only a part is meant; see `invent`.

    With an error among the ``diagnostics``, ``world`` holds what could be decoded all the same, and no plan may be made.
    """

    world: World
    records: Mapping[Address, Record]
    blobs: Mapping[str, bytes]
    diagnostics: tuple[Diagnostic, ...]
    acknowledgements: tuple[Acknowledgement, ...] = ()
    targets: tuple[Selector, ...] = ()
    gone: str = ""
    invented: Invented | None = None

    def require_valid(self) -> Desired:
        """Itself; raises `InvalidManifests` when there is an error."""
        if has_errors(list(self.diagnostics)):
            raise InvalidManifests(self.diagnostics)
        return self

    def beside(self, others: Mapping[Address, Resource[object]]) -> Desired:
        """Itself in a world that has the resources of other owners too, which it may reference and does not ask for."""
        return replace(self, world=World({**others, **self.world.resources})) if others else self


def read_against(workspace: Workspace) -> Desired:
    """What `read_desired` reads, beside what is stored: manifests may reference what other owners have there."""
    stored = workspace.state.snapshots.read().resources
    return read_desired(workspace, _foreign(workspace, stored), stored)


def read_desired(
    workspace: Workspace,
    others: Mapping[Address, Resource[object]] | None = None,
    stored: Mapping[Address, Record] | None = None,
) -> Desired:
    """Read and check everything the project holds; all faults are collected, none raised.

    ``others``: stored resources of other owners, which manifests may reference.
    Where the manifests ask for exactly what is ``stored``, no template is rendered: each was before it was stored, nothing
    that its mails are made of has changed since, and a plan without changes is to cost no process.
    Raises `UserError` where there is nothing to read at all (no folder, no manifest file).
    """
    registry = workspace.registry
    documents, found = read_project_documents(workspace.root, workspace.project)
    project, owner_of = workspace.project.resource, workspace.project.owner_of
    world, more = read_world(documents, registry, project=project, owner_of=owner_of, others=others)
    if has_errors(found):
        world = World(world.resources, world.unread, partial=True)
    found = [*found, *_with_unread(more, found)]
    gathering = _Gathering(workspace, workspace.templates)
    own = [each for each in world.resources.values() if each.document is not None]
    for resource in own:
        kind = registry[resource.address.kind]
        gathering.add_files(resource, kind)
        gathering.add_mails(resource, kind.mails(resource, world))
    found += gathering.diagnostics
    specs = [(resource, spec_data(resource)) for resource in own]
    desired = records(specs, registry, gathering.templates, gathering.files)
    invented = invent(world, desired)
    trials = [replace(each, case=each.case.inventing(invented)) for each in gathering.trials]
    tried = read_templates if _is_stored(workspace, desired, stored or {}) else try_templates
    found += [gathering.placed_case(fault) for fault in _once(tried(trials))]
    acknowledgements, faults = read_acknowledgements(workspace.root)
    return Desired(
        world, desired, gathering.blobs, tuple(sort_diagnostics(found + faults)), acknowledgements, invented=invented
    )


def invent(world: World, records: Mapping[Address, Record]) -> Invented:
    """What samples invent: by one digest of everything desired, so that it cannot be known while a template is written."""
    seed = digest({str(address): record.digest for address, record in records.items()})
    return Invented(seed, min(home_domains(world), default=HOME))


def read_others(workspace: Workspace) -> Mapping[Address, Resource[object]]:
    """What other owners have in the state. Nothing where there is no project file: then nobody shares the state."""
    return _foreign(workspace, workspace.state.snapshots.read().resources)


def _foreign(workspace: Workspace, stored: Mapping[Address, Record]) -> Mapping[Address, Resource[object]]:
    if workspace.project.resource is None:
        return {}
    mine = workspace.project.all_owners
    foreign = [each for each in stored.values() if each.owner not in mine and each.address.kind != ProjectSpec.KIND]
    return world_of(foreign, workspace.registry).resources


def _is_stored(workspace: Workspace, desired: Mapping[Address, Record], stored: Mapping[Address, Record]) -> bool:
    """Whether there is nothing to do: every record is as it is stored, and none is stored that is not desired."""
    owners = {each.owner for each in desired.values()} | workspace.project.all_owners
    mine = {address: each for address, each in stored.items() if each.owner in owners}
    return mine.keys() == desired.keys() and all(
        (each.owner, each.content()) == (mine[address].owner, mine[address].content())
        for address, each in desired.items()
    )


def _with_unread(diagnostics: list[Diagnostic], unread: list[Diagnostic]) -> list[Diagnostic]:
    """References that hit nothing may be to what stands in a file that could not be read: then that is the hint."""
    files = sorted({fault.place.file for fault in unread if fault.severity is Severity.ERROR})
    if not files:
        return diagnostics
    hint = f"It may be declared in {list_words(files, 'or')}, which cannot be read as it is: correct that first."
    return [replace(each, hint=hint) if each.summary == UNKNOWN_REFERENCE else each for each in diagnostics]


def _once(found: Sequence[CaseFault]) -> list[CaseFault]:
    """Each warning of a template once, at its first use; errors for each use."""
    first = {each.fault: number for number, each in reversed(list(enumerate(found)))}
    return [each for number, each in enumerate(found) if not each.fault.warning or first[each.fault] == number]


class _Gathering:
    """Template sources and files, read once each, and the trials their mails need."""

    def __init__(self, workspace: Workspace, templates: Templates) -> None:
        self._workspace = workspace
        self._templates = templates
        self._load = templates.text
        self.templates: dict[Address, dict[str, str]] = {}
        self.files: dict[Address, dict[str, str]] = {}
        self.blobs: dict[str, bytes] = {}
        self.trials: list[Trial] = []
        self.diagnostics: list[Diagnostic] = []
        self.resources: dict[Address, Resource[object]] = {}

    def add_files(self, resource: Resource[object], kind: AnyKind) -> None:
        for need in kind.files(resource):
            try:
                content = read_file(self._workspace.root, need.name)
                if need.certificates:
                    require_certificates(need.name, content)
            except UserError as fault:
                place = resource.place(need.path)
                self.diagnostics.append(make_error(fault.summary, fault.detail, place, resource.address, fault.hint))
                continue
            self.files.setdefault(resource.address, {})[need.name] = self._keep(content)

    def add_mails(self, resource: Resource[object], cases: Iterable[MailCase]) -> None:
        self.resources[resource.address] = resource
        for case in cases:
            sources = self._sources(resource, case.mail)
            if sources is None:
                continue
            kept = self.templates.setdefault(resource.address, {})
            kept.update({name: self._keep(text.encode()) for name, text in sources.items()})
            self.trials.append(Trial(resource.address, case, sources))

    def _sources(self, resource: Resource[object], mail: Mail) -> Mapping[str, str] | None:
        """Every template file the mail reaches, by name; None when one is missing (which is then a diagnostic)."""
        named = [template for template in mail.templates if template.inline is None]
        missing = [fault for template in named if (fault := self._missing(resource, template))]
        if missing:
            self.diagnostics += missing
            return None
        result = read_closure([template.name for template in named], self._load)
        self.diagnostics += [self.placed_fault(resource, fault, mail.subject.path, "") for fault in result.faults]
        return None if result.faults else result.sources

    def _missing(self, resource: Resource[object], template: TemplateRef) -> Diagnostic | None:
        try:
            self._load(template.name)
        except UserError as fault:
            return make_error(fault.summary, fault.detail, resource.place(template.path), resource.address, fault.hint)
        return None

    def _keep(self, content: bytes) -> str:
        found = hash_bytes(content)
        self.blobs[found] = content
        return found

    def placed_fault(self, resource: Resource[object], fault: TemplateFault, path: Path, use: str) -> Diagnostic:
        """The fault at its place: a line of a template file, or the manifest field that holds the text."""
        field = resource.place(path)
        if self._templates.has_read(fault.template):
            file = f"{self._workspace.project.templates}/{fault.template}"
            place, via = Place(file, fault.line), f" It is used at {field}" + (f", as {use}." if use else ".")
        else:
            place, via = field, "" if use in ("", str(resource.address)) else f" It is used as {use}."
        if fault.warning:
            return make_warning(fault.summary, fault.detail + via, place, None if via else resource.address, fault.hint)
        return make_error(fault.summary, fault.detail + via, place, resource.address, fault.hint)

    def placed_case(self, found: CaseFault) -> Diagnostic:
        """A fault of a trial at its place."""
        mail = found.trial.case.mail
        path = next((t.path for t in mail.templates if t.name == found.fault.template), mail.subject.path)
        return self.placed_fault(self.resources[found.trial.address], found.fault, path, found.trial.case.label)
