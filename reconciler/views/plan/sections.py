"""The sections of a plan, once: what each holds and where it stands, for every format.

Formats read these values and decide on form alone. A new fact is made here: of one item a `Note`, of the plan as a whole a
`Fact`, of a new sort an entry of `_SORTS`; every format then says it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, Flag, auto
from typing import Any

from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import Action, Change, MailDiff, TemplateEdit
from reconciler.model.configuration.control import Shift
from reconciler.model.configuration.guard import Guard
from reconciler.model.configuration.plan import Plan
from reconciler.model.diagnostic import Diagnostic, Place
from reconciler.model.wording import Act, Do, Sentence
from reconciler.views.plan.facts import list_facts
from reconciler.views.writing.escape import visible
from reconciler.views.writing.layout import list_names, moment

TYPICAL = "typical"
"""The sample that reads like a real mail."""


class Kind(Enum):
    """What the items of a section are."""

    BLOCKED = auto()
    """`Guard`, each where it trips."""
    ALLOWED = auto()
    """`Guard` that trips and is allowed."""
    FROZEN = auto()
    """The one `Freeze`."""
    CONTROL = auto()
    """`ControlChange`."""
    DELETED = auto()
    """`Change`."""
    DOMAINS = auto()
    """`Reached`."""
    MAIL = auto()
    """`Mail`."""
    UNSEEN = auto()
    """`TemplateEdit`."""
    SAME = auto()
    """`MailDiff` of a mail that reads as before."""
    REQUESTS = auto()
    """The id of a request."""
    SUSPENDED = auto()
    """`Suspension`."""
    DIAGNOSTICS = auto()
    """`Diagnostic`."""
    CHANGES = auto()
    """`Change`."""
    EFFECTS = auto()
    """An effect in words."""
    IMPACT = auto()
    """`Fact` of the plan as a whole; a comment and a page have these at their beginning."""


class Where(Flag):
    """Who says a note: the text, the text when it says all, the comment, the page."""

    TEXT = auto()
    VERBOSE = auto()
    COMMENT = auto()
    PAGE = auto()
    EVERYWHERE = TEXT | VERBOSE | COMMENT | PAGE


@dataclass(frozen=True, slots=True)
class Note:
    """One more fact of an item, as pairs of words of ours and a value from outside, which may be empty."""

    parts: tuple[tuple[str, str], ...]
    where: Where = Where.EVERYWHERE

    def __str__(self) -> str:
        return " ".join(part for pair in self.parts for part in pair if part)


ACTION_WORDS = {Action.CREATE: "new", Action.UPDATE: "changed", Action.DELETE: "deleted", Action.NONE: "renamed"}


@dataclass(frozen=True, slots=True)
class Reached:
    """A domain outside, and the addresses of it that mail may reach."""

    domain: str
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that changes; ``others``: the same on other samples, where other lines change too."""

    message: MailDiff
    others: tuple[MailDiff, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """``value``: what the section's `Kind` says. ``text``: what it says below a headline that names it. ``position``: its place
    where items of several sections stand together. ``place``: where it stands in the manifests."""

    value: Any
    text: str = ""
    notes: tuple[Note, ...] = ()
    position: int = 0
    place: Place | None = None

    def notes_in(self, where: Where) -> list[Note]:
        """The notes that are said there."""
        return [note for note in self.notes if note.where & where]


@dataclass(frozen=True, slots=True)
class Sort:
    """One sort of section. ``heading``: in a comment and a page, empty where it is no section there; ``long``: in a page, where
    that is another. ``rank``: its place in the text, among annotations and findings; sections of one rank stand there
    together, 0 is not in the text. ``noun``: what one item is called, ``plural`` several, where that is not with an s at its end.
    ``tight``: items are lines of a list or a table, rather than paragraphs. ``alarm``: it must not be missed. ``intro``: what a
    comment says first. ``list_also``: names that belong to it and are no items.
    """

    kind: Kind
    list_items: Callable[[Plan], Iterable[Item]]
    rank: int
    heading: str = ""
    noun: str = ""
    plural: str = ""
    tight: bool = False
    alarm: bool = False
    long: str = ""
    intro: str = ""
    list_also: Callable[[Plan], Iterable[str]] = lambda _: ()


@dataclass(frozen=True, slots=True)
class Section:
    """A section that has items. ``also``: names that belong to it and are no items."""

    sort: Sort
    items: tuple[Item, ...]
    also: tuple[str, ...] = ()


def list_sections(plan: Plan) -> list[Section]:
    """Those that have items, in the order a reviewer needs them."""
    found = [Section(sort, tuple(sort.list_items(plan)), tuple(sort.list_also(plan))) for sort in _SORTS]
    return [section for section in found if section.items]


def list_ranked(plan: Plan) -> list[Section]:
    """The same in the order of a text, which ends with what is long; sections of one rank are joined."""
    groups: dict[int, list[Section]] = {}
    for section in sorted(list_sections(plan), key=lambda section: section.sort.rank):
        groups.setdefault(section.sort.rank, []).append(section)
    groups.pop(0, None)
    return [
        Section(group[0].sort, tuple(sorted((i for each in group for i in each.items), key=lambda i: i.position)))
        for group in groups.values()
    ]


def make_fault_section(found: Sequence[Diagnostic]) -> Section:
    """What stands instead of a plan where manifests have faults."""
    sort = Sort(Kind.DIAGNOSTICS, _list_diagnostics, 3, "Faults", "diagnostic", tight=True)
    return Section(sort, tuple(map(_diagnostic_item, found)))


def _list_guards(plan: Plan, *, blocks: bool) -> Iterator[Item]:
    return (_guard_item(plan, guard) for guard in plan.guards if guard.blocks is blocks)


def _guard_item(plan: Plan, guard: Guard) -> Item:
    """``text`` is its message without the address, which every headline has."""
    place = next((find_declared_place(each) for each in plan.changes if each.address == guard.address), None)
    text = guard.message.removeprefix(f"{guard.address} ") if guard.address else guard.message
    return Item(guard, text, place=place)


def group_alike(items: Iterable[Item]) -> list[tuple[Item, tuple[Address, ...]]]:
    """Of guards, each once with where the same guard trips in the same words and is allowed in the same way."""
    found: dict[tuple[object, ...], list[Item]] = {}
    for item in items:
        guard: Guard = item.value
        text = guard.trouble.replace(str(guard.address), "\0") if guard.address else guard.trouble
        key = (guard.id, text, guard.allowed, guard.acknowledgement, guard.allowable)
        found.setdefault(key, []).append(item)
    others = ((first, [each.value.address for each in rest]) for first, *rest in found.values())
    return [(first, tuple(address for address in rest if address)) for first, rest in others]


def _list_changes(plan: Plan, *, deleted: bool) -> Iterator[Item]:
    """Changes with what else is known of them."""
    for number, change in enumerate(plan.changes):
        if (change.action is Action.DELETE) is deleted:
            yield Item(change, notes=tuple(_change_notes(change)), position=number)


def find_declared_place(change: Change) -> Place | None:
    """Where the resource is declared, or was last; None where that is not known."""
    record = change.after or change.before
    file, _, line = (record.source if record else "").rpartition(":")
    return Place(file, int(line)) if file and line.isascii() and line.isdecimal() else None


def describe_edit(edit: TemplateEdit) -> str:
    """``note.txt.j2, for EmailTask/a, EmailTask/b, EmailTask/c and 2 more``."""
    new = ", which is new" if edit.new else ""
    return f"{visible(edit.template)}{new}, for {visible(list_names(map(str, edit.addresses), most=3))}"


def pair_samples(messages: Iterable[MailDiff]) -> list[Mail]:
    """Each mail with the same mail on other samples; one that differs there alone stands by itself."""
    found: dict[tuple[Address, str], list[MailDiff]] = {}
    pairs: list[tuple[MailDiff, list[MailDiff]]] = []
    for message in messages:
        key = (message.address, message.slot)
        if message.sample != TYPICAL and key in found:
            found[key].append(message)
        else:
            found[key] = []
            pairs.append((message, found[key]))
    return [Mail(message, tuple(others)) for message, others in pairs]


def _control(plan: Plan) -> list[Item]:
    """What makes control weaker comes first."""
    items = [Item(change, position=number) for number, change in enumerate(plan.control)]
    return sorted(items, key=lambda item: list(Shift).index(item.value.shift))


def _list_known(plan: Plan) -> Iterator[str]:
    """Domains outside that were reached before."""
    return (each for each in plan.impact.external_domains if each not in plan.impact.new_external_domains)


def _list_domains(plan: Plan) -> Iterator[Item]:
    for domain in plan.impact.new_external_domains:
        people = (each for each in plan.impact.recipients if each.rpartition("@")[2].rstrip(">").lower() == domain)
        yield Item(Reached(domain, tuple(people)))


def _list_messages(plan: Plan, *, changed: bool) -> Iterator[MailDiff]:
    return (message for change in plan.changes for message in change.messages if message.changed is changed)


def _list_diagnostics(plan: Plan) -> list[Item]:
    return list(map(_diagnostic_item, plan.diagnostics))


def _diagnostic_item(found: Diagnostic) -> Item:
    return Item(found, place=found.place)


def _impact(plan: Plan) -> Sequence[Item]:
    return [Item(fact) for fact in list_facts(plan) if fact.label and fact.text()]


def _change_notes(change: Change) -> Iterator[Note]:
    before, after, deleted = change.before, change.after, change.action is Action.DELETE
    if before and after and before.owner != after.owner:
        parts = (("taken over from owner", before.owner), ("by", after.owner))
        yield Note(parts, Where.COMMENT | Where.PAGE)
    record = after or before
    if record and record.source:
        words = "last declared at" if after is None else "declared at"
        yield Note(((words, record.source),), Where.EVERYWHERE if deleted else Where.VERBOSE | Where.PAGE)
    if use := change.last_use:
        yield Note(((f"last used {moment(use.at)}" if use.at else "never used", ""),))


UNSEEN = "Edited, but no sample shows it"

_SORTS = (
    Sort(Kind.IMPACT, _impact, 7),
    Sort(Kind.BLOCKED, lambda plan: _list_guards(plan, blocks=True), 1, "Blocked", "guard", alarm=True),
    Sort(
        Kind.ALLOWED,
        lambda plan: _list_guards(plan, blocks=False),
        2,
        "Allowed although a guard trips",
        "guard",
        tight=True,
    ),
    Sort(
        Kind.FROZEN,
        lambda plan: map(Item, filter(None, [plan.freeze])),
        4,
        "Frozen",
        "stop",
        alarm=True,
        long="Frozen: apply would end with exit code 5",
    ),
    Sort(
        Kind.CONTROL,
        _control,
        6,
        "Who may approve, and under which rules",
        "shift of control",
        "shifts of control",
        tight=True,
    ),
    Sort(Kind.DELETED, lambda plan: _list_changes(plan, deleted=True), 8, "Deleted", "deletion", tight=True),
    Sort(
        Kind.DOMAINS,
        _list_domains,
        0,
        "New external recipients",
        "domain",
        tight=True,
        alarm=True,
        list_also=_list_known,
    ),
    Sort(
        Kind.MAIL,
        lambda plan: map(Item, pair_samples(_list_messages(plan, changed=True))),
        0,
        "Mail that changes",
        "mail",
    ),
    Sort(
        Kind.UNSEEN,
        lambda plan: (Item(edit, describe_edit(edit)) for edit in plan.edits),
        9,
        UNSEEN,
        "template",
        alarm=True,
    ),
    Sort(
        Kind.SAME,
        lambda plan: map(Item, _list_messages(plan, changed=False)),
        0,
        "Mail that reads as before",
        "mail",
        tight=True,
        long="Mail that reads as before on its samples, although a template was edited",
        intro="A template was edited, and these mails read as before on their samples:",
    ),
    Sort(
        Kind.REQUESTS,
        lambda plan: map(Item, plan.impact.requests),
        0,
        "Requests in flight",
        "request",
        tight=True,
        intro=Sentence(
            "These pending requests are touched; `", Do(Act.SHOW_REQUEST, "ID"), "` tells what each asks for."
        ),
    ),
    Sort(Kind.SUSPENDED, lambda plan: map(Item, plan.suspensions), 5, "Suspended, and stays so", "stop", tight=True),
    Sort(Kind.DIAGNOSTICS, _list_diagnostics, 3, "Warnings", "diagnostic", tight=True),
    Sort(Kind.CHANGES, lambda plan: _list_changes(plan, deleted=False), 8, "Changes", "change"),
    Sort(Kind.EFFECTS, lambda plan: map(Item, plan.impact.effects), 0, "Then", "effect", tight=True),
)
"""In the order a reviewer needs them: the one list that stands for all formats."""
