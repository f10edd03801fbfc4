"""What is said of a plan as a whole: counts, how far it reaches, whose mail is kept or let go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reconciler.model.configuration.change import Action
from reconciler.model.configuration.control import Shift
from reconciler.model.configuration.plan import Impact, Plan
from reconciler.views.writing.layout import counted, list_names

TO_DO = ("to create", "to update", "to delete", "to rename")
DONE = ("created", "updated", "deleted", "renamed")

_TARGETS, _ADDRESSES = 5, 12
"""Targets, and addresses at the head of a page, that are named; others are counted."""

_WITHHELD = {"redirect": "redirected, for", "hold": "held back, for"}
"""By `mail.deliver`: what is said before the addresses that mail is meant for and does not reach."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of the whole plan, and how it is said.

    In a text beside its ``label``: ``lead``, then ``names``, or ``otherwise`` where there is none. At the head of a page beside
    its ``title``: ``value``. At the head of a comment: how many names of that ``noun`` there are, or ``sentence``, where ``{}``
    stands for ``outside``, text from outside, cut to ``limit`` characters. What is empty is not said.
    """

    label: str = ""
    names: tuple[str, ...] = ()
    lead: str = ""
    otherwise: str = ""
    title: str = ""
    value: str = ""
    noun: str = ""
    plural: str = ""
    sentence: str = ""
    outside: str = ""
    limit: int = 2000

    def text(self, *, verbose: bool = False) -> str:
        """What stands beside the label."""
        return self.lead + list_names(self.names, verbose=verbose) if self.names else self.otherwise


def list_facts(plan: Plan) -> list[Fact]:
    """Everything that is said of the plan as a whole, in the order in which every format says it."""
    weaker = sum(change.shift is Shift.WEAKER for change in plan.control)
    part = describe_targets(plan) if plan.targets else ""
    same = f"{plan.unchanged} unchanged." if plan.unchanged else ""
    return [
        Fact(title="Targets", value=part, sentence="**{}**" if part else "", outside=part, limit=1000),
        Fact(title="Unchanged", value=str(plan.unchanged), sentence=same),
        *_impact_facts(plan.impact),
        Fact(sentence=f"**Control gets weaker in {counted(weaker, 'way')}.**" if weaker else ""),
        Fact(title="Digest", value=plan.digest, sentence=f"Digest `{plan.digest}`"),
    ]


def _impact_facts(impact: Impact) -> Iterable[Fact]:
    """How far it reaches. Effects stand beside the changes that cause them."""
    reach = counted(len(impact.recipients), "address", "addresses") if impact.recipients else ""
    withheld = _withheld_text(impact)
    domains = tuple(
        f"{each} (new)" if each in impact.new_external_domains else each for each in impact.external_domains
    )
    return (
        Fact(
            "tasks",
            _bare(impact.tasks),
            title="Tasks reached",
            value=list_names(map(str, impact.tasks), most=_ADDRESSES),
            noun="task",
        ),
        Fact(
            "processes",
            _bare(impact.processes),
            title="Processes reached",
            value=list_names(map(str, impact.processes), most=_ADDRESSES),
            noun="process",
            plural="processes",
        ),
        Fact(
            "mail may reach",
            impact.recipients,
            otherwise="nobody" if impact.withheld else "",
            title="Recipients",
            value=reach,
            noun="recipient",
        ),
        Fact(
            _WITHHELD.get(impact.deliver, ""),
            impact.withheld,
            title="Not reached",
            value=withheld,
            sentence=f"{withheld.capitalize()}." if withheld else "",
        ),
        _release_fact(impact),
        Fact("external domains", domains),
        Fact("pending requests", impact.requests, noun="request in flight", plural="requests in flight"),
    )


def _release_fact(impact: Impact) -> Fact:
    """How many messages leave that were held back, and to whom: ``2 messages, to a@example.com``."""
    lead = f"{counted(len(impact.released), 'message')}, to "
    said = lead + list_names(impact.released_to) if impact.released else ""
    sentence = "**Held mail is let go: {}.**" if said else ""
    return Fact(
        "held mail let go",
        impact.released_to,
        lead,
        title="Held mail let go",
        value=said,
        sentence=sentence,
        outside=said,
    )


def _withheld_text(impact: Impact) -> str:
    """That others are meant than those who get the mail: ``mail for 3 addresses is redirected``; empty where none are."""
    if not impact.withheld:
        return ""
    done = "redirected" if impact.deliver == "redirect" else "held back"
    return f"mail for {counted(len(impact.withheld), 'address', 'addresses')} is {done}"


def _bare(addresses: Sequence[object]) -> tuple[str, ...]:
    return tuple(str(address).partition("/")[2] for address in addresses)


def describe_counts(plan: Plan, words: tuple[str, str, str, str] = TO_DO) -> str:
    """``1 to create, 2 to update (1 of them renamed), 1 to rename``: every change in one number alone; empty for none."""
    actions = (Action.CREATE, Action.UPDATE, Action.DELETE, Action.NONE)
    moved = sum(change.previous is not None and change.action is Action.UPDATE for change in plan.changes)
    more = {Action.UPDATE: f" ({moved} of them renamed)"} if moved else {}
    return ", ".join(
        f"{plan.count(action)} {word}{more.get(action, '')}"
        for action, word in zip(actions, words, strict=True)
        if plan.count(action)
    )


def describe_blocked(plan: Plan, words: str) -> str:
    """``; blocked by 1 guard``, where the words are ``; blocked by``; empty where no guard blocks."""
    blocked = sum(guard.blocks for guard in plan.guards)
    return f"{words} {counted(blocked, 'guard')}" if blocked else ""


def describe_summary(plan: Plan) -> str:
    """``1 to create, 2 to update; blocked by 1 guard``."""
    return f"{describe_counts(plan) or 'no changes'}{describe_blocked(plan, '; blocked by')}"


def describe_targets(plan: Plan) -> str:
    """Which part of everything the plan is: ``Only Group/desk, owner=mail and what they need; 3 changes are left out.``"""
    named = ", ".join(plan.targets[:_TARGETS])
    more = f" and {len(plan.targets) - _TARGETS} more targets" if len(plan.targets) > _TARGETS else ""
    are = "is" if plan.left_out == 1 else "are"
    rest = f"{counted(plan.left_out, 'change')} {are}" if plan.left_out else "nothing is"
    needs = "what it needs" if len(plan.targets) == 1 else "what they need"
    return f"Only {named}{more} and {needs}; {rest} left out."
