"""--target: desired state narrowed to what is asked for, and the proof that what comes of it still holds together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from reconciler.kinds.protocol.world import World
from reconciler.kinds.reading.decode import check
from reconciler.messages.mail import MailCase
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.selector import SelectBy
from reconciler.model.configuration.snapshot import Snapshot
from reconciler.model.diagnostic import Diagnostic, Severity, make_error, make_warning
from reconciler.model.errors import InvalidManifests, Refused, UserError
from reconciler.model.suggestion import list_words, suggest_name
from reconciler.model.wording import Act, Do, Given, Sentence, join_texts
from reconciler.operations.configuration.desired import Desired, invent, try_templates
from reconciler.operations.context.workspace import Workspace
from reconciler.operations.walled.items import Trial
from reconciler.planning.targets import Missed, Narrowed, TargetSides, find_hits, find_stranded, narrow_to

_ALONE = "It would be so after this plan, which leaves out what no target hits."
_MORE = Sentence("Add a ", Given("target"), " for what belongs to it, or plan everything.")


class TargetMissed(UserError):
    """A selector that hits nothing."""

    code = "target"


def narrow_to_targets(
    workspace: Workspace, desired: Desired, snapshot: Snapshot, stored: World
) -> tuple[Desired, frozenset[Address]]:
    """Desired state as its targets narrow it, and the addresses of the changes that are left out.

    ``stored``: the snapshot's resources, decoded. Raises `TargetMissed`; `Refused` where something that stays would name
    what goes; `InvalidManifests` where what comes of it would be faulty in another way.
    """
    if not desired.targets:
        return desired, frozenset()
    sides = TargetSides(desired.world, desired.records, stored, snapshot.resources, workspace.project.all_owners)
    hit, missed = find_hits(desired.targets, sides)
    if missed:
        raise _missed(missed)
    part = narrow_to(hit, sides, workspace.registry)
    if pairs := find_stranded(part, stored, workspace.registry):
        raise _stranded(pairs, [holder for holder, _ in pairs if part.records[holder].owner in sides.owners])
    narrow = replace(desired, world=part.world, records=part.records)
    found = _find_faults(workspace, narrow, part, sides) if part.left_out else list(desired.diagnostics)
    if any(each.severity is Severity.ERROR for each in found):
        raise InvalidManifests(found)
    return replace(narrow, diagnostics=tuple(found)), part.left_out


def _missed(missed: Sequence[Missed]) -> TargetMissed:
    several = len(missed) > 1
    said = [
        Sentence(
            Given("target", str(each.selector)),
            f" hits nothing, in the manifests or in what was applied. {_meant(each)}".rstrip(),
        )
        for each in missed
    ]
    return TargetMissed(
        "Targets hit nothing" if several else "A target hits nothing",
        join_texts("\n", said),
        Sentence("Nothing was planned. See what there is: ", Do(Act.SHOW), ", and the manifests."),
    )


def _meant(missed: Missed) -> str:
    if missed.foreign:
        return f"It means what owner {list_words(missed.foreign)} has, which is never changed from here."
    otherwise = {
        SelectBy.OWNER: f"There is {list_words(missed.choices)}." if missed.choices else "",
        SelectBy.LABEL: "" if missed.choices else "Nothing here has labels.",
    }
    return suggest_name(str(missed.selector), missed.choices, otherwise.get(missed.selector.by, ""))


def _stranded(pairs: Sequence[tuple[Address, Address]], own: Sequence[Address]) -> Refused:
    """``own``: those who stay that a target could hit; the others are another owner's."""
    said = [f"{holder}, which no target hits, still names {gone}, which would be gone." for holder, gone in pairs]
    leave = f"leave {list_words(dict.fromkeys(str(gone) for _, gone in pairs), most=len(pairs))} out."
    targets = [Given("target", str(holder)) for holder in dict.fromkeys(own)]
    between = [", "] * (len(targets) - 2) + [" and "] * (len(targets) > 1) + [", or "] * bool(targets)
    add = ["add "] * bool(targets) + [part for pair in zip(targets, between, strict=True) for part in pair]
    return Refused(
        "The targets would leave something stranded",
        "\n".join(said),
        Sentence("Nothing was changed. To go on, ", *add, leave),
    )


def _find_faults(workspace: Workspace, narrow: Desired, part: Narrowed, sides: TargetSides) -> list[Diagnostic]:
    """What the manifests were told of what is chosen, and what is wrong only in the mixture of stored and desired."""
    told = [each for each in narrow.diagnostics if each.address is None or each.address in part.chosen]
    known = {_gist(each) for each in (*told, *check(sides.stored, workspace.registry))}
    mixed = [*check(part.world, workspace.registry), *_mail_faults(workspace, narrow, part, sides)]
    fresh = [each for each in mixed if _gist(each) not in known]
    return [*told, *(_explained(each) for each in fresh)]


def _gist(found: Diagnostic) -> tuple[object, ...]:
    return found.severity, found.summary, found.detail, found.address


def _explained(found: Diagnostic) -> Diagnostic:
    return replace(found, detail=f"{found.detail} {_ALONE}", hint=join_texts(" ", (found.hint, _MORE)))


def _mail_faults(workspace: Workspace, narrow: Desired, part: Narrowed, sides: TargetSides) -> Iterator[Diagnostic]:
    """Mail whose words and surroundings come from two states, tried as `validate` tries it."""
    trials = list(_list_trials(workspace, narrow, part, sides))
    for found in try_templates(trials):
        resource = part.world.resources[found.trial.address]
        fault, place = found.fault, resource.place(found.trial.case.mail.subject.path)
        detail = f"{fault.detail} It is used as {found.trial.case.label}."
        yield (make_warning if fault.warning else make_error)(
            fault.summary, detail, place, resource.address, fault.hint
        )


def _list_trials(workspace: Workspace, narrow: Desired, part: Narrowed, sides: TargetSides) -> Iterator[Trial]:
    """Each mail that is neither what it is in stored state nor what it is in the manifests.

    Settings of other projects in the same state are records and stand in no world of this one: they send no mail.
    """
    pending: list[tuple[Address, MailCase]] = []
    for address in part.records.keys() & part.world.resources.keys():
        kind, resource = workspace.registry[address.kind], part.world.resources[address]
        whole = sides.desired if address in part.chosen else sides.stored
        known = list(kind.mails(resource, whole))
        pending += [(address, case) for case in kind.mails(resource, part.world) if case not in known]
    needed = {address: part.records[address].templates for address, _ in pending}
    texts = _texts(workspace, narrow, {digest for templates in needed.values() for digest in templates.values()})
    invented = narrow.invented or invent(narrow.world, narrow.records)
    for address, case in sorted(pending, key=lambda each: each[0]):
        yield Trial(
            address, case.inventing(invented), {name: texts[digest] for name, digest in needed[address].items()}
        )


def _texts(workspace: Workspace, narrow: Desired, digests: set[str]) -> Mapping[str, str]:
    blobs = {**workspace.state.snapshots.blobs(sorted(digests - narrow.blobs.keys())), **narrow.blobs}
    return {digest: blobs[digest].decode() for digest in digests}
