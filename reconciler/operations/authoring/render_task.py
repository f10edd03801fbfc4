"""render: the mails a resource gives words to, as they would look, from the manifests as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from reconciler.kinds.email_task.spec import EmailTaskSpec
from reconciler.kinds.mail.heads import THE_APPROVER, THE_REQUESTER
from reconciler.kinds.protocol.world import World
from reconciler.messages.contexts.invented import NOW, Invented
from reconciler.messages.language.render import read_closure
from reconciler.messages.mail import Envelope, MailCase
from reconciler.model.configuration.address import parse_address
from reconciler.model.configuration.resource import Resource
from reconciler.model.errors import NotFound
from reconciler.model.mail.mailbox import Mailbox
from reconciler.model.suggestion import list_words
from reconciler.operations.configuration.desired import read_desired
from reconciler.operations.configuration.show_resources import find_address
from reconciler.operations.context.workspace import Workspace
from reconciler.operations.mail.write_mail import MailLost
from reconciler.operations.walled.items import Exhibit, ShownMail
from reconciler.operations.walled.work import Death, Job
from reconciler.sources.templates import Templates
from reconciler.sources.writing import write_files

_SHOW = Job[Exhibit, ShownMail]("show", ShownMail)

_NOBODY = Mailbox("nobody@example.com")
"""Who writes where no server is known that would carry the mail."""


@dataclass(frozen=True, slots=True)
class RenderedSample:
    """One mail on one sample. ``name`` is fit for a file; ``html`` (CSS inlined) is None for a mail of text alone."""

    name: str
    label: str
    sample: str
    subject: str
    text: str
    html: str | None
    data: bytes


def render_task(workspace: Workspace, word: str) -> list[RenderedSample]:
    """Every mail of the resource ``word`` names (an EmailTask by bare name, or any address), on every sample.

    Raises `InvalidManifests`, `MailLost`, `NotFound` for an unknown resource or one that has no mail.
    """
    desired = read_desired(workspace).require_valid()
    resources = desired.world.resources
    kind = None if "/" in word else EmailTaskSpec.KIND
    speaking = [address for address in resources if _list_cases(workspace, desired.world, resources[address])]
    exact = parse_address(word)
    among = resources if exact in resources else speaking
    see = f"What has mail: {list_words(map(str, speaking))}." if speaking else "No resource of the manifests has mail."
    resource = resources[find_address(word, among, where="in the manifests", kind=kind, see=see)]
    cases, invented = _list_cases(workspace, desired.world, resource), desired.invented or Invented()
    if not cases:
        raise NotFound(
            "No mail to render",
            f"{resource.address} gives words to no mail.",
            "Name an EmailTask, or an ApprovalProcess that uses built-in messages (as ApprovalProcess/NAME).",
        )
    templates = workspace.templates
    named = [
        each
        for case, suffix in zip(cases, _list_suffixes(cases), strict=True)
        for each in _list_exhibits(resource, case.inventing(invented), templates, suffix)
    ]
    shown = _SHOW.all([exhibit for _, exhibit in named])
    return [_specimen(*each, answer) for each, answer in zip(named, shown, strict=True)]


def _list_suffixes(cases: Sequence[MailCase]) -> list[str]:
    """What tells the files of each mail apart: nothing for one alone, else its slot, with a number where that repeats."""
    if len(cases) == 1:
        return [""]
    slots = [case.head.slot for case in cases]
    return [
        f"-{slot}" + (f"-{slots[: at + 1].count(slot)}" if slots.count(slot) > 1 else "")
        for at, slot in enumerate(slots)
    ]


def _list_cases(workspace: Workspace, world: World, resource: Resource[object]) -> list[MailCase]:
    """The mails the resource gives a body to."""
    cases = workspace.registry[resource.address.kind].mails(resource, world)
    return [case for case in cases if case.mail.text or case.mail.html]


def write_specimens(workspace: Workspace, specimens: list[RenderedSample], folder: Path) -> list[Path]:
    """Each as ``NAME.eml``, ``.txt``, ``.html`` and ``.subject.txt``, for their owner alone (0600), for mail is nobody else's
    business; the files written. Raises `EnvironmentFault`."""
    files = {folder / f"{each.name}.{ending}": data for each in specimens for ending, data in _list_contents(each)}
    write_files(files, workspace.root, private=True, folders=True)
    return list(files)


def _list_contents(specimen: RenderedSample) -> Iterator[tuple[str, bytes]]:
    yield "eml", specimen.data
    yield "subject.txt", f"{specimen.subject}\n".encode()
    yield "txt", specimen.text.encode()
    if specimen.html is not None:
        yield "html", specimen.html.encode()


def _list_exhibits(
    resource: Resource[object], case: MailCase, templates: Templates, suffix: str
) -> Iterator[tuple[str, Exhibit]]:
    """By the name of the specimen."""
    names = [template.name for template in case.mail.templates if template.inline is None]
    sources = read_closure(names, templates.text).sources
    for sample, context in case.samples.items():
        name = f"{resource.address.name}{suffix}.{sample}"
        headers = _envelope(case, context).headers(_NOBODY, f"sample.{name}", NOW, {})
        yield name, Exhibit(case, sources, sample, headers)


def _envelope(case: MailCase, context: Mapping[str, Any]) -> Envelope:
    """The envelope of the mail, to those whom the sample is about where the slot decides who they are."""
    envelope = case.head.envelope
    if case.head.slot == "task":
        return envelope
    named = {THE_APPROVER: context["recipient"], THE_REQUESTER: context["request"].requester}
    found = {stand_in: Mailbox(person.address, person.name) for stand_in, person in named.items()}
    to = tuple(found.get(each, each) for each in envelope.to)
    return replace(envelope, to=to, reply_to=envelope.reply_to and found.get(envelope.reply_to, envelope.reply_to))


def _specimen(name: str, exhibit: Exhibit, shown: ShownMail | Death) -> RenderedSample:
    label, sample = exhibit.case.label, exhibit.sample
    if isinstance(shown, Death):
        raise MailLost(label, shown, "Make its templates smaller.")
    return RenderedSample(name, label, sample, shown.subject, shown.text, shown.html, shown.data.encode("ascii"))
