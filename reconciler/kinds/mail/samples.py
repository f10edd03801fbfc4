"""Samples: requests and runs that never were, the same every time for the same desired state, that every template is
rendered with before it is applied.

``typical`` reads like a real mail: declared titles and examples. ``awkward`` is the extreme that a real one can have: what may
be left out is left out, texts are long, hold HTML and template syntax, run right to left. Both are moved by the transition
table and shown by `reconciler.kinds.mail.build_context`, as what is real is; what no mail can hold is left to the check of types.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from reconciler.approvals.eligibility import list_eligible_people
from reconciler.approvals.mail_facts import MailFacts
from reconciler.approvals.quorum import count_needed
from reconciler.approvals.transitions import Draft, Move, fall_due, open_request, record_decision, withdraw
from reconciler.kinds.mail.build_context import (
    Reading,
    RequestSurroundings,
    Surroundings,
    build_context,
    build_task_context,
    run_by_hand,
    show_request,
    view_person,
)
from reconciler.messages.contexts.values import TaskView, is_nullable
from reconciler.messages.mail import TYPICAL, Sampling, request_title
from reconciler.messages.rehearsal import subject_context
from reconciler.model.approvals.person import Member
from reconciler.model.approvals.request import Choice, Decision, Request, Rules, Stage
from reconciler.model.configuration.declaration import MAX_TEXT, Declaration, Value, ValueType, write_value
from reconciler.model.duration import Duration
from reconciler.model.mail.mailbox import Mailbox

HOSTILE = (
    "<script>alert(1)</script> {{ 7 * 7 }} {% raw %} & \"quoted\" 'single' "
    "מהדורה עברית ﷽ \u200fالعربية 👩🏽\u200d💻🚀 "
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
)
"""Markup, template syntax, right-to-left text, emoji and a word longer than a line; no line break."""

LONG = f"{HOSTILE} " + "and so on " * 60
"""What a text holds that may be of any length: longer ones only show that the subject of a mail has an end."""

LONGEST = (LONG * 14)[: MAX_TEXT - 1] + "."
"""A reason or a comment of the greatest length."""

SHORT = 200
"""Characters of texts that stand in the subject of a request."""

_REASON = "Needed for the quarterly maintenance window on Saturday."
_APPROVERS = ("approvers",)
_OPERATOR = "administrator-of-the-night-shift@terminal-0042.sub.domain.example.org"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSampling(Sampling):
    """Samples of the context ``task``: runs by hand, to one person, and to two. ``declared``: the parameters."""

    task: TaskView
    declared: Mapping[str, Declaration]
    around: Surroundings

    def make(self, sample: str) -> Mapping[str, Any]:
        """The variables of the sample of this name."""
        people: Sequence[Member]
        if sample == TYPICAL:
            values, people = typical_values(self.declared), (self.invented.person(1),)
            by = self.invented.person(0).mailbox.name.partition(" ")[0].lower()
        else:
            values, people, by = awkward_values(self.declared), strange_people(2), _OPERATOR
        run = run_by_hand(self.invented.id("run"), self.invented.after("now", 4), by)
        return build_task_context(self.task, values, people, run, self.around)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectSampling(Sampling):
    """Samples of what the subject of an approval type sees. ``declared``: its fields."""

    declared: Mapping[str, Declaration]
    around: Surroundings

    def make(self, sample: str) -> Mapping[str, Any]:
        """The variables of the sample of this name."""
        if sample == TYPICAL:
            values, requester, reason = typical_values(self.declared), self.invented.person(0), _REASON
        else:
            values, requester = awkward_values(self.declared, SHORT), _STRANGE_REQUESTER
            reason = LONG[:SHORT]
        return subject_context(view_person(requester, self.around), reason, values)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalSampling(Sampling):
    """Samples of the context ``approval``. ``slot``: start or completed; ``declared``: the task's parameters.

    ``stage`` and ``rules`` as a request pins them. ``first``: keys of those who read and decide in the typical sample before
    others, who do so in their order. ``subject``: the typical one's; where it is empty, the type's title.
    """

    slot: str
    task: TaskView
    declared: Mapping[str, Declaration]
    around: RequestSurroundings
    stage: Stage
    rules: Rules
    first: tuple[str, ...] = ()
    subject: str = ""

    def make(self, sample: str) -> Mapping[str, Any]:
        """The variables of the sample of this name."""
        story = self._typical() if sample == TYPICAL else self._awkward()
        request = open_request(self._draft(story), story.people, self.invented.now).request
        reader, now = self._acting(story)[0], self.invented.after("now", 4)
        if self.slot == "completed":
            request = self._end(request, story)
            reader, now = Member(request.requester), request.completed or now
        shown = show_request(request, replace(self.around, approvers=story.people))
        return build_context(shown, Reading(reader, self.slot, now, self.task, self.declared))

    @property
    def people(self) -> tuple[str, ...]:
        """Keys of the approvers, those who act before others first."""
        return tuple(member.key for member in self._acting(self._typical()))

    def read_by(self, people: tuple[str, ...], outcomes: tuple[str, ...]) -> ApprovalSampling:
        """Of a request on which these people, by key, act before others, in this order, to one of these ends."""
        return replace(self, first=people, outcomes=outcomes or self.outcomes)

    def titled(self, subject: str) -> ApprovalSampling:
        """Of a request with this subject."""
        return replace(self, subject=subject)

    def _typical(self) -> _Story:
        requester = self.invented.person(0).mailbox
        people = self.around.approvers
        if not list_eligible_people(self.rules, requester, people):
            people = tuple(self.invented.person(number, via=_APPROVERS) for number in (1, 2))
        return _Story(
            people=people,
            requester=requester,
            subject=self.subject or str(self.around.type),
            reason=_REASON,
            values=typical_values(self.around.fields),
            words=("Checked and agreed.", "Not before the audit is over."),
            outcome=self.outcomes[0] if self.outcomes else "",
        )

    def _awkward(self) -> _Story:
        usual = self._typical()
        quorum = self._stage(usual).quorum
        return _Story(
            people=strange_people(1 if quorum == "all" else quorum),
            requester=_STRANGE_REQUESTER.mailbox,
            subject=LONG,
            reason=LONGEST,
            values=awkward_values(self.around.fields),
            words=(LONGEST, LONGEST),
            outcome="expired" if "expired" in self.outcomes else usual.outcome,
            submitted_by=_OPERATOR,
        )

    def _acting(self, story: _Story) -> tuple[Member, ...]:
        """Those who may decide, those who act before others first."""
        rank = {key: number for number, key in enumerate(self.first)}
        eligible = list_eligible_people(self.rules, story.requester, story.people)
        return tuple(sorted(eligible, key=lambda each: rank.get(each.key, len(rank))))

    def _stage(self, story: _Story) -> Stage:
        """The stage; of one that nobody could get through, which manifests may not ask for, with as many as there are."""
        able = len(self._acting(story))
        return self.stage if self.stage.quorum == "all" else replace(self.stage, quorum=min(self.stage.quorum, able))

    def _draft(self, story: _Story) -> Draft:
        return Draft(
            id=self.invented.id("req"),
            type=self.around.type.name,
            process=self.around.process.name,
            subject=request_title(story.subject),
            requester=story.requester,
            reason=story.reason,
            fields={name: write_value(value) for name, value in story.values.items() if value is not None},
            stage=self._stage(story),
            rules=self.rules,
            submitted_by=story.submitted_by,
        )

    def _end(self, request: Request, story: _Story) -> Request:
        """The request at its end, with what brought it there: enough people who agree, one who does not, or nobody's word."""
        at = min(self.invented.after("decision", 4 * 3600), request.expires)
        if story.outcome == "expired":
            return _move(fall_due(request, MailFacts(), request.expires))
        if story.outcome == "cancelled":
            return withdraw(request, at).request
        acting = self._acting(story)
        if story.outcome == "approved":
            *before, last = self._agreeing(acting[: count_needed(request.current, acting)], request, story.words[0], at)
            # Their words leave the request as it is; to count them all anew for each takes too long for a large group.
            request = replace(request, decisions=tuple(before), revision=request.revision + len(before))
        else:
            last = Decision(acting[0].mailbox, Choice.DENY, story.words[1], at, request.stage)
        return record_decision(request, last, story.people).request

    def _agreeing(self, people: tuple[Member, ...], request: Request, words: str, at: datetime) -> Iterator[Decision]:
        """The word of each; those after the first say no more than they must."""
        for number, member in enumerate(people):
            said = words if number == 0 or self.rules.require_comment == "always" else ""
            yield Decision(member.mailbox, Choice.APPROVE, said, at, request.stage, member.via)


@dataclass(frozen=True, slots=True)
class _Story:
    """What one sample tells. ``words``: what is said with a yes and with a no; ``outcome``: how it ends, if it does."""

    people: tuple[Member, ...]
    requester: Mailbox
    subject: str
    reason: str
    values: Mapping[str, Value | None]
    words: tuple[str, str]
    outcome: str
    submitted_by: str = ""


def _move(move: Move | None) -> Request:
    assert move is not None, "a request that nobody answers expires at its deadline"
    return move.request


def strange_people(count: int) -> tuple[Member, ...]:
    """People from elsewhere whose names and addresses are as long and strange as those of real ones may be."""
    return tuple(_strange("address" if number == 0 else f"addr{number:03}") for number in range(count))


def _strange(word: str) -> Member:
    return Member(Mailbox(f"{'long-' * 11}{word}@{'sub.' * 30}example.org", HOSTILE))


_STRANGE_REQUESTER = _strange("request")


def typical_values(declared: Mapping[str, Declaration]) -> dict[str, Value | None]:
    """A value for each declaration: its example, or one like those it asks for."""
    return {name: _typical_value(name, declaration) for name, declaration in declared.items()}


def _typical_value(name: str, declaration: Declaration) -> Value:
    for value in (declaration.example, declaration.default, *declaration.enum[:1]):
        if value is not None:
            return value
    if declaration.type is ValueType.STRING:
        return f"a {declaration.title or name}"[: declaration.max_length]
    bound = declaration.minimum if declaration.minimum is not None else declaration.maximum
    return bound if bound is not None else _fitting(declaration, _TYPICAL[declaration.type])


_TYPICAL: Mapping[ValueType, Value] = {
    ValueType.INTEGER: 3,
    ValueType.NUMBER: Decimal("12500.50"),
    ValueType.BOOLEAN: True,
    ValueType.DATE: date(2026, 3, 31),
    ValueType.DATETIME: datetime(2026, 3, 31, 16, tzinfo=UTC),
    ValueType.DURATION: Duration("8h", 8 * 3600),
    ValueType.EMAIL: "someone@example.com",
    ValueType.URL: "https://tickets.example.com/CHG-1042",
}


def awkward_values(declared: Mapping[str, Declaration], length: int = len(LONG)) -> dict[str, Value | None]:
    """The strangest value of each declaration; None where it may be left out. ``length``: of texts that may be of any."""
    return {name: _awkward_value(declaration, length) for name, declaration in declared.items()}


def _awkward_value(declaration: Declaration, length: int) -> Value | None:
    if is_nullable(declaration):
        return None
    if declaration.enum:
        return max(declaration.enum, key=lambda value: len(str(value)))
    if declaration.type is ValueType.STRING:
        return LONG[: min(length, declaration.max_length or length)]
    bound = declaration.maximum if declaration.maximum is not None else declaration.minimum
    return bound if bound is not None else _fitting(declaration, _AWKWARD[declaration.type])


_AWKWARD: Mapping[ValueType, Value] = {
    ValueType.INTEGER: -(10**18),
    ValueType.NUMBER: Decimal("-123456789012345.678901"),
    ValueType.BOOLEAN: False,
    ValueType.DATE: date(1970, 1, 1),
    ValueType.DATETIME: datetime(2199, 12, 31, 23, 59, tzinfo=UTC),
    ValueType.DURATION: Duration("9999w", 9_999 * 604_800),
    ValueType.EMAIL: "a-very-long-local-part-with-many-words-in-it@sub.domain.example.org",
    ValueType.URL: "https://tickets.example.org/" + "path/" * 40 + "?q=%3Cb%3E&x=1",
}

_SHORTEST: Mapping[ValueType, Value] = {ValueType.EMAIL: "a@b.example", ValueType.URL: "http://a.example"}


def _fitting(declaration: Declaration, value: Value) -> Value:
    """The value, or a shorter one of its type where the declaration has no room for it."""
    long = isinstance(value, str) and len(value) > (declaration.max_length or MAX_TEXT)
    return _SHORTEST[declaration.type] if long else value
