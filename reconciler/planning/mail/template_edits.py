"""Edited lines of templates that no sample shows: a template can tell a sample from a real mail, so these stand as source.

An edited line is left out only where it is literal text, and the diff of every mail that reaches the template shows just that
text, on the typical sample. Nothing is rendered here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from itertools import groupby

from reconciler.messages.language.render import find_markup
from reconciler.messages.mail import TYPICAL
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import Action, Change, MailDiff, TemplateEdit
from reconciler.planning.mail.diffs import MailFinding, Sources, find_reached
from reconciler.planning.mail.line_diff import Row, diff_lines, find_changed_lines, write_hunks
from reconciler.planning.mail.sides import Pair, Records

_BUILT_IN = "builtin:"
_LINE_ENDS = "(line ends)"
_LINES = re.compile(r"\r\n|\r|\n")
_TAG = re.compile(r"<[^<>]*>?")


@dataclass(frozen=True, slots=True)
class Edit:
    """A template that differs: its name, its source on both sides as SHA-256, and the addresses whose changes say so."""

    template: str
    before: str | None
    after: str | None
    addresses: tuple[Address, ...]

    @property
    def digests(self) -> set[str]:
        """The sources needed to show it."""
        return {digest for digest in (self.before, self.after) if digest}


@dataclass(frozen=True, slots=True)
class TypicalMail:
    """A mail on the typical sample: the templates it reaches, as name and SHA-256, and the lines its diff shows, by sign.

    ``new``: there was no such mail, so that nothing can be shown as gone.
    """

    reached: frozenset[tuple[str, str]]
    lines: Mapping[str, set[str]]
    new: bool


def list_edits(changes: Sequence[Change], stored: Records) -> list[Edit]:
    """Every template whose source differs in a change, once for each two sources; those of deletions are not told.

    A new resource edits nothing that is in use already, nor what an update tells of. Built-in words that come or go were
    edited by nobody.
    """
    known: set[tuple[str | None, str | None]] = {
        (None, digest) for record in stored.values() for digest in record.templates.values()
    }
    found: dict[tuple[str, str | None, str | None], list[Address]] = {}
    for change in sorted(changes, key=lambda change: change.action is Action.CREATE):
        for name, before, after in _differing(change):
            if change.action is not Action.CREATE:
                known.add((name, after))
            elif not known.isdisjoint({(None, after), (name, after)}):
                continue
            found.setdefault((name, before, after), []).append(change.address)
    return [Edit(*key, tuple(addresses)) for key, addresses in sorted(found.items(), key=lambda each: each[0][0])]


def _differing(change: Change) -> Iterator[tuple[str, str | None, str | None]]:
    if change.after is None:
        return
    old, new = change.before.templates if change.before else {}, change.after.templates
    for name in sorted({*old, *new}):
        before, after = old.get(name), new.get(name)
        moved = after in old.values() or before in new.values()
        if before != after if before and after else not moved and not name.startswith(_BUILT_IN):
            yield name, before, after


def list_unseen_edits(
    edits: Sequence[Edit], findings: Sequence[tuple[Pair, Sequence[MailFinding]]], sources: Sources
) -> tuple[TemplateEdit, ...]:
    """What of each edit no sample shows, new templates last; an edit that is shown whole is left out."""
    if not edits:
        return ()
    diffs = {each.key: each.diff for _, found in findings for each in found if each.diff}
    mails = [_shown(pair, [diffs.get(each.key) for each in found], sources) for pair, found in findings]
    told = [(edit, _unseen(edit, mails, sources)) for edit in sorted(edits, key=lambda edit: not edit.before)]
    return tuple(TemplateEdit(edit.template, edit.addresses, diff, not edit.before) for edit, diff in told if diff)


def _shown(pair: Pair, diffs: Sequence[MailDiff | None], sources: Sources) -> TypicalMail:
    lines: dict[str, set[str]] = {"-": set(), "+": set()}
    for diff in diffs:
        for line in diff.diff.split("\n") if diff and diff.sample == TYPICAL else ():
            if line[:1] in lines:
                lines[line[0]] |= {_collapse(line[1:]), _words(line[1:])}
    sides = [side for side in (pair.before, pair.after) if side]
    reached_by = {(name, side.templates[name]) for side in sides for name in find_reached(side, sources)}
    return TypicalMail(frozenset(reached_by), lines, pair.before is None)


def _unseen(edit: Edit, mails: Sequence[TypicalMail], sources: Sources) -> str:
    """The lines that must be shown, as hunks; empty where there are none."""
    old, new = (sources[digest] if digest else "" for digest in (edit.before, edit.after))
    lines = diff_lines(_list_lines(old), _list_lines(new))
    edited = find_changed_lines(lines)
    sides = {(edit.template, edit.before), (edit.template, edit.after)}
    seen = _list_seen(lines, [mail for mail in mails if not mail.reached.isdisjoint(sides)])
    wanted = _markup(lines, old, new) | (set(edited) - seen)
    return "\n".join(write_hunks(lines, wanted)) if wanted or edited else _LINE_ENDS


def _markup(lines: Sequence[Row], old: str, new: str) -> set[int]:
    """Edited rows that are no literal text, and others that are on one side alone: a comment may begin above them."""
    was, will = find_markup(old), find_markup(new)
    found: set[int] = set()
    for index, row in enumerate(lines):
        sides = set() if row.sign == "+" else {was is None or row.old in was}
        sides |= set() if row.sign == "-" else {will is None or row.new in will}
        if len(sides) == 2 or (row.sign != " " and sides == {True}):
            found.add(index)
    return found


def _list_seen(lines: Sequence[Row], mails: Sequence[TypicalMail]) -> set[int]:
    """Edited rows whose text every mail shows as gone or come. Text that is edited at several places may be seen at one of
    them alone, and so is never; a blank line goes with the others."""
    texts = Counter((row.sign, _collapse(row.text)) for row in lines if row.sign != " ")
    blank = not any(text for _, text in texts)
    found: set[int] = set()
    for _, part in groupby(enumerate(lines), key=lambda each: each[1].sign == " "):
        run = [(index, row) for index, row in part if row.sign != " "]
        retagged = (
            len({tuple(tag for _, row in run if row.sign == sign for tag in _TAG.findall(row.text)) for sign in "-+"})
            > 1
        )
        for index, row in run:
            text = _collapse(row.text)
            ways = {text} if retagged else {text, _words(row.text)}
            if (not text and not blank) or (texts[row.sign, text] == 1 and _everywhere(row.sign, ways, mails)):
                found.add(index)
    return found


def _everywhere(sign: str, ways: set[str], mails: Sequence[TypicalMail]) -> bool:
    """Whether the diff of every mail that could show such a line has it, written in one of the ways."""
    able = [mail for mail in mails if sign == "+" or not mail.new]
    return bool(able) and not any(ways.isdisjoint(mail.lines[sign]) for mail in able)


def _list_lines(source: str) -> list[str]:
    """As templates are read: one line break at the end is none."""
    lines = _LINES.split(source)
    return lines if lines[-1] else lines[:-1]


def _words(text: str) -> str:
    """Without tags, and without the targets that stand behind links in a text."""
    return _collapse(unescape(_TAG.sub(" ", text)))


def _collapse(text: str) -> str:
    return " ".join(text.split())
