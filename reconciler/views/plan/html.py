"""Plans as one HTML file: nothing to load, nothing that runs, the mails side by side as people will see them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from reconciler.model.configuration.change import Action, Change, MailDiff, TemplateEdit
from reconciler.model.configuration.control import ControlChange, Shift
from reconciler.model.configuration.guard import Guard
from reconciler.model.configuration.plan import Impact, Plan
from reconciler.model.configuration.resource import Record
from reconciler.model.configuration.suspension import Freeze, Suspension
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.errors import InvalidManifests, ReconcilerError
from reconciler.views.plan.fields import change_lines, created_lines, last_use_text
from reconciler.views.plan.findings import summed_up, targeted
from reconciler.views.plan.guards import predicate
from reconciler.views.plan.html_elements import (
    POLICY,
    SHEET,
    Child,
    Element,
    document,
    element,
    frame,
    joined,
    preformatted,
    style,
)
from reconciler.views.plan.impact import released_text, withheld_text
from reconciler.views.plan.mail_diff import UNSEEN, edited_text, paired
from reconciler.views.suspensions import freeze_line
from reconciler.views.writing.layout import Style, counted, moment

_WORDS = {Action.CREATE: "new", Action.UPDATE: "changed", Action.DELETE: "deleted", Action.NONE: "renamed"}
_SIGNS = {"+": "joined", "-": "left", "@": "place"}


def plan_html(plan: Plan) -> str:
    """The whole plan, whatever its length, as one page that works without network, script or other files."""
    where = f" for {plan.environment}" if plan.environment else ""
    head = element(
        "header",
        element("h1", f"Plan{where}"),
        element("p", summed_up(plan).removeprefix("Plan: "), class_="counts"),
        _facts(plan),
    )
    return _page(f"Plan{where}", [head, *_sections(plan)])


def failure_html(error: ReconcilerError) -> str:
    """Why there is no plan."""
    found = error.diagnostics if isinstance(error, InvalidManifests) else ()
    said = [element("p", text) for text in (error.detail, error.hint) if text]
    head = element("header", element("h1", "No plan"), element("p", error.summary, class_="counts bad"), *said)
    return _page("No plan", [head, *_section("Faults", _diagnostics(found))])


def _page(title: str, parts: Iterable[Child]) -> str:
    head = [
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", title),
        style(SHEET),
    ]
    return document(head, element("body", element("main", *parts)))


def _facts(plan: Plan) -> Element:
    impact = plan.impact
    pairs = (
        ("Targets", targeted(plan) if plan.targets else ""),
        ("Unchanged", str(plan.unchanged)),
        ("Tasks reached", _addresses(impact.tasks)),
        ("Processes reached", _addresses(impact.processes)),
        ("Recipients", counted(len(impact.recipients), "address", "addresses") if impact.recipients else ""),
        ("Not reached", withheld_text(impact)),
        ("Held mail let go", released_text(impact)),
        ("Digest", plan.digest),
    )
    shown = [item for name, value in pairs if value for item in (element("dt", name), element("dd", value))]
    return element("dl", *shown)


def _addresses(addresses: Sequence[object]) -> str:
    more = f" and {len(addresses) - 12} more" if len(addresses) > 12 else ""
    return ", ".join(map(str, addresses[:12])) + more


def _sections(plan: Plan) -> Iterator[Element]:
    """In the order a reviewer needs them; those without content are left out."""
    blocked = [_guard(guard) for guard in plan.guards if guard.blocks]
    allowed = [_guard(guard) for guard in plan.guards if not guard.blocks]
    deleted = [_change(change) for change in plan.changes if change.action is Action.DELETE]
    rest = [_change(change) for change in plan.changes if change.action is not Action.DELETE]
    messages = [message for change in plan.changes for message in change.messages]
    yield from _section("Blocked", blocked, "alarm")
    yield from _section("Allowed although a guard trips", allowed)
    yield from _section("Frozen: apply would end with exit code 5", _frozen(plan.freeze), "alarm")
    yield from _section("Who may approve, and under which rules", _control(plan.control))
    yield from _section("Deleted", deleted)
    yield from _section("New external recipients", _new_domains(plan.impact), "alarm")
    yield from _section(
        "Mail that changes", [_mails(*pair) for pair in paired(each for each in messages if each.changed)]
    )
    yield from _section(UNSEEN, [_edit(edit) for edit in plan.edits], "alarm")
    yield from _section(
        "Mail that reads as before on its samples, although a template was edited",
        _same([m for m in messages if not m.changed]),
    )
    yield from _section("Requests in flight", _list(plan.impact.requests))
    yield from _section("Suspended, and stays so", [_suspension(each) for each in plan.suspensions])
    yield from _section("Warnings", _diagnostics(plan.diagnostics))
    yield from _section("Changes", rest)
    yield from _section("Then", _list(plan.impact.effects))


def _section(heading: str, parts: Sequence[Child], class_: str | None = None) -> Iterator[Element]:
    if parts:
        yield element("section", element("h2", heading), *parts, class_=class_)


def _list(texts: Sequence[str]) -> list[Child]:
    return [element("ul", *(element("li", text) for text in texts))] if texts else []


def _code(text: object) -> Element:
    return element("code", str(text))


def _guard(guard: Guard) -> Element:
    where = joined([" ", _code(guard.address)]) if guard.address else None
    entry = guard.acknowledgement
    added = element("strong", " This very change adds it.") if entry and entry.added else None
    why = f" Reason given: {entry.reason}" if entry else None
    by = element("p", "Allowed by ", _code(guard.allowed), ".", why, added) if guard.allowed else None
    return element("article", element("h3", str(guard.id), where), element("p", predicate(guard, guard.message)), by)


def _control(changes: Sequence[ControlChange]) -> list[Child]:
    order = list(Shift)
    rows = [_control_row(change) for change in sorted(changes, key=lambda change: order.index(change.shift))]
    heads = [element("th", name, scope="col") for name in ("where", "what", "before", "after", "effect")]
    table = element("table", element("thead", element("tr", *heads)), element("tbody", *rows))
    return [element("div", table, class_="wide")] if rows else []


def _control_row(change: ControlChange) -> Element:
    stage = f", stage {change.stage}" if change.stage else ""
    where = f"{change.type}{stage}" if change.type else str(change.because)
    texts = (where, change.fact, change.before or "none", change.after or "none")
    people = [element("div", f"+ {each}") for each in change.gained] + [
        element("div", f"- {each}") for each in change.lost
    ]
    shift = element("td", element("span", str(change.shift), class_=f"shift {change.shift}"), *people)
    return element("tr", *(element("td", text) for text in texts), shift)


def _new_domains(impact: Impact) -> list[Child]:
    lines = [
        f"{domain}: {', '.join(each for each in impact.recipients if each.rstrip('>').endswith('@' + domain)) or 'new'}"
        for domain in impact.new_external_domains
    ]
    return _list(lines)


def _mails(message: MailDiff, awkward: Sequence[MailDiff]) -> Child:
    """A mail; folded below it, on another sample."""
    folded = [
        element("details", element("summary", f"On the {each.sample} sample other lines change too"), _mail(each))
        for each in awkward
    ]
    return joined([_mail(message), *folded])


def _mail(message: MailDiff) -> Element:
    alike = f" and {counted(len(message.alike), 'other')} alike" if message.alike else ""
    also = element("p", "Alike: ", ", ".join(map(str, message.alike)), class_="quiet") if message.alike else None
    return element(
        "article",
        element("h3", _code(message.address), alike),
        element("p", f"{message.slot}, sample {message.sample}, to {message.to}", class_="quiet"),
        element("p", element("strong", message.subject)),
        also,
        _side_by_side(message),
        element("details", element("summary", "Headers and text, line by line"), _diff(message.diff), open="")
    )  # fmt: skip


def _side_by_side(message: MailDiff) -> Child:
    if not message.html_before and not message.html_after:
        return None
    return element("div", _rendered(message, "before"), _rendered(message, "after"), class_="pair")


def _rendered(message: MailDiff, when: str) -> Element:
    content = message.html_before if when == "before" else message.html_after
    shown = frame(content, f"{message.address} {when}") if content else element("p", "none", class_="quiet")
    return element("figure", element("figcaption", when), shown)


def _diff(text: str) -> Element:
    """Each line marked by its sign."""
    marked = [preformatted(line or " ", class_=_SIGNS.get(line[:1])) for line in text.rstrip("\n").split("\n")]
    return element("div", *marked, class_="diff")


def _same(messages: Sequence[MailDiff]) -> list[Child]:
    return _list([f"{message.address}, {message.slot}, sample {message.sample}" for message in messages])


def _edit(edit: TemplateEdit) -> Element:
    return element("article", element("h3", edited_text(edit)), _diff(edit.diff))


def _frozen(freeze: Freeze | None) -> list[Child]:
    return [element("p", freeze_line(freeze))] if freeze else []


def _suspension(suspension: Suspension) -> Element:
    until = f"until {moment(suspension.until)}" if suspension.until else "until somebody resumes it"
    who = f" by {suspension.actor} at {moment(suspension.at)}, {until}: {suspension.reason}"
    return element("p", _code(suspension.address), who)


def _diagnostics(found: Sequence[Diagnostic]) -> list[Child]:
    return [
        element(
            "article",
            element("h3", f"{each.severity}: {each.summary}", class_=str(each.severity)),
            element("p", _code(each.place), " ", _code(each.address) if each.address else None, class_="quiet"),
            element("p", each.detail) if each.detail else None,
            element("p", each.hint) if each.hint else None,
        )
        for each in found
    ]


def _change(change: Change) -> Element:
    record = change.after or change.before
    moved = joined([", before ", _code(change.previous)]) if change.previous else None
    said = [*change_lines(change.fields, Style(), 110), *created_lines(change, 110)]
    lines = [line.removeprefix("    ") for line in said]
    return element(
        "article",
        element("h3", element("span", _WORDS[change.action], class_=f"action {change.action}"), " ",
                _code(change.address), _title(record), moved),
        element("p", change.reason, _owner(change), _declared(change), class_="quiet"),
        preformatted("\n".join(lines), class_="fields") if lines else None,
        *_list([f"then {effect}" for effect in change.told]),
    )  # fmt: skip


def _title(record: Record | None) -> str:
    title = str(record.metadata.get("title") or "") if record else ""
    return f" “{title}”" if title else ""


def _owner(change: Change) -> str:
    before, after = change.before, change.after
    taken = before is not None and after is not None and before.owner != after.owner
    return f", taken over from owner {before.owner} by {after.owner}" if taken and before and after else ""


def _declared(change: Change) -> str:
    record, word = change.after or change.before, "last declared" if change.after is None else "declared"
    declared = f", {word} at {record.source}" if record and record.source else ""
    return f"{declared}, {last_use_text(change.last_use)}" if change.last_use else declared
