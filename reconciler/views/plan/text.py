"""Plans as text: the summary first, then every section, then the digest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from reconciler.model.configuration.address import Address
from reconciler.model.configuration.guard import Guard
from reconciler.model.configuration.plan import Plan
from reconciler.model.wording import Given, Sentence
from reconciler.views.diagnostics import list_diagnostic_blocks
from reconciler.views.plan.changes_text import list_change_blocks, list_diff_lines
from reconciler.views.plan.control_text import describe_control
from reconciler.views.plan.facts import DONE, describe_counts, describe_targets
from reconciler.views.plan.fields import INDENT
from reconciler.views.plan.sections import UNSEEN, Item, Kind, Section, group_alike, list_ranked
from reconciler.views.status import describe_freeze, describe_suspension
from reconciler.views.writing.escape import visible
from reconciler.views.writing.layout import PLAIN, Page, counted, facts, list_names, wrapped

SHOWN = 20
"""Guards shown unless asked for more; those that are alike count once."""

SOURCE = 40
"""Lines of one edited template that no sample shows."""

BRIEF = 8
"""Lines of a new one."""

SOURCES = 30
"""Templates whose source is shown; of others the lines are counted."""


def write_plan_text(plan: Plan, page: Page = PLAIN) -> str:
    """The whole plan for a person. Unless ``verbose``, long details and long lists of new resources are cut, and say so.

    Every update and every delete is named whatever the length. The last lines say what apply would do and have the digest.
    """
    blocks = [block for section in list_ranked(plan) for block in list_blocks(section, page)]
    return "\n\n".join([_headline(plan, page), *blocks, _last_lines(plan)])


def describe_applied(plan: Plan, serial: int, head: str) -> str:
    """What an apply did. ``serial`` and ``head`` (``SEQUENCE:HASH`` of the journal) are those after it."""
    return f"Applied: {describe_counts(plan, DONE) or 'nothing'}. Serial {serial}.\nJournal head {visible(head)}"


def _headline(plan: Plan, page: Page) -> str:
    rest = f"; {plan.unchanged} unchanged" if plan.unchanged else ""
    same = f"No changes. Stored state holds what the manifests declare: {counted(plan.unchanged, 'resource')}."
    if plan.targets:
        same = "No changes: what the targets hit is stored as the manifests declare it."
    lines = wrapped(same if plan.empty else f"Plan: {describe_counts(plan)}{rest}.", page.width)
    where = wrapped(f"Environment: {visible(plan.environment)}", page.width) if plan.environment else []
    part = wrapped(visible(describe_targets(plan)), page.width) if plan.targets else []
    return "\n".join([*(page.mark(line, "bold") for line in lines), *where, *part])


def _last_lines(plan: Plan) -> str:
    these = "this change" if len(plan.changes) == 1 else f"these {len(plan.changes)} changes, all or none"
    does = "change nothing" if plan.empty else f"make {these}"
    return f"Apply would {does}.\nDigest {plan.digest}"


def list_blocks(section: Section, page: Page) -> Iterable[str]:
    """The section as blocks of lines, between which stands an empty line."""
    return _BLOCKS[section.sort.kind](section.items, page)


def _headed(head: str, colours: Sequence[str], lines: Iterable[str], page: Page) -> list[str]:
    return ["\n".join([page.mark(head, "bold", *colours), *lines])]


def _block(items: Sequence[Item], page: Page) -> list[str]:
    head = f"Blocked: {counted(len(items), 'guard')} {'stops' if len(items) == 1 else 'stop'} the apply."
    return _headed(head, ["red"], _list_guards_lines(items, page), page)


def _suspend(items: Sequence[Item], page: Page) -> list[str]:
    head = f"Suspended: {counted(len(items), 'resource')}; apply does not lift that."
    lines = (line for each in items for line in wrapped(describe_suspension(each.value), page.width, INDENT, "      "))
    return _headed(head, ["yellow"], lines, page)


def _edited(items: Sequence[Item], page: Page) -> list[str]:
    """As source, each cut to size unless all is shown."""
    lines: list[str] = []
    for number, item in enumerate(items):
        room = 0 if number >= SOURCES else BRIEF if item.value.new else SOURCE
        lines += wrapped(item.text, page.width, INDENT)
        lines += list_diff_lines(item.value.diff, page, None if page.verbose else room)
    return _headed(UNSEEN, [], lines, page)


_BLOCKS: Mapping[Kind, Callable[[Sequence[Item], Page], Iterable[str]]] = {
    Kind.BLOCKED: _block,
    Kind.ALLOWED: lambda items, page: _headed(
        f"Allowed: {counted(len(items), 'guard')}.", ["yellow"], _list_guards_lines(items, page), page
    ),
    Kind.FROZEN: lambda items, page: _headed(
        "Frozen: apply would end with exit code 5.",
        ["red"],
        _wrap(describe_freeze(items[0].value, page.say), page),
        page,
    ),
    Kind.SUSPENDED: _suspend,
    Kind.DIAGNOSTICS: lambda items, page: list_diagnostic_blocks([i.value for i in items], {}, page),
    Kind.CONTROL: lambda items, page: [describe_control([item.value for item in items], page)],
    Kind.IMPACT: lambda items, page: _headed(
        "Impact",
        [],
        facts([(i.value.label, visible(i.value.text(verbose=page.verbose))) for i in items], page.width, "  "),
        page,
    ),
    Kind.DELETED: list_change_blocks,
    Kind.CHANGES: list_change_blocks,
    Kind.UNSEEN: _edited,
}
"""How each section is laid out; in which order they come, and which stand together, is theirs to say."""


def _wrap(text: str, page: Page) -> list[str]:
    return wrapped(visible(text), page.width, INDENT)


def _list_guards_lines(items: Sequence[Item], page: Page) -> list[str]:
    groups = group_alike(items)
    shown = groups if page.verbose else groups[:SHOWN]
    lines = [line for item, others in shown for line in _list_guard_lines(item, others, page)]
    if hidden := sum(1 + len(others) for _, others in groups[len(shown) :]):
        lines.append(f"  … and {counted(hidden, 'more guard')}; {page.more}")
    return lines


def _list_guard_lines(item: Item, others: Sequence[Address], page: Page) -> list[str]:
    guard: Guard = item.value
    by = f" by {visible(_allow_by(guard))}" if guard.allowed else ""
    address = f" {visible(str(guard.address))}" if guard.address else ""
    more = f" and {counted(len(others), 'other')} alike" if others else ""
    said = _wrap(item.text, page)
    if others:
        named = list_names([str(each) for each in others], verbose=page.verbose)
        all_of_them = (
            ""
            if by or not guard.allowable
            else page.say(Sentence("; ", Given("allow", guard.id), " allows all of its kind"))
        )
        said += _wrap(f"Alike: {named}{all_of_them}", page)
    return [
        *wrapped(f"{guard.id}{address}{more}{by}", page.width, "  ", INDENT),
        *(page.mark(line, "dim") if by else line for line in said),
    ]


def _allow_by(guard: Guard) -> str:
    """What lets the guard pass, in words; empty where nothing does."""
    entry = guard.acknowledgement
    if not entry:
        return guard.allowed
    until = f", until {entry.until}" if entry.until else ""
    return f"{guard.allowed} (“{entry.reason}”{until}{', added since the last apply' if entry.added else ''})"
