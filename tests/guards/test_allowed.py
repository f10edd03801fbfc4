"""What lets a guard pass: a flag, or an entry that holds; and what becomes of the digest."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from reconciler.model.configuration.guard import Acknowledgement, Allowance
from reconciler.model.configuration.plan import Facts, Plan
from reconciler.planning.review.acknowledged import warn_of_acknowledgements, warn_of_allowances
from tests.guards.planned import NOW, allow, entry, ids, part, parts, planned, protect, state


def two_protected(*, allowed: tuple[Allowance, ...] = (), acknowledgements: tuple[Acknowledgement, ...] = ()) -> Plan:
    """A plan that deletes two protected parts of twelve."""
    kept = parts(10)
    stored = protect(state(part("a"), part("b"), *kept), "a", "b")
    return planned(protect(state(*kept)), stored, allowed=allowed, acknowledgements=acknowledgements)


@pytest.mark.parametrize(
    ("allowed", "blocking"),
    [
        ((), ["protected=Part/a", "protected=Part/b"]),
        ((allow("protected"),), []),
        ((allow("protected", "Part/a"),), ["protected=Part/b"]),
        ((allow("protected", "Part/a"), allow("protected", "Part/b")), []),
        (
            (allow("weakening"), allow("deletions"), allow("protected", "Part/c")),
            ["protected=Part/a", "protected=Part/b"],
        ),
    ],
)
def test_flags(allowed: tuple[Allowance, ...], blocking: list[str]) -> None:
    plan = two_protected(allowed=allowed)
    assert ids(guard for guard in plan.guards if guard.blocks) == blocking
    assert ids(plan.guards[: len(blocking)]) == blocking, "what blocks comes first"


@pytest.mark.parametrize(
    ("until", "holds"), [(None, True), (date(2027, 3, 2), True), (date(2027, 3, 1), True), (date(2027, 2, 28), False)]
)
def test_an_entry_holds_to_the_end_of_its_last_day(until: date | None, holds: bool) -> None:
    both = (entry("protected", "Part/a", until=until), entry("protected", "Part/b", line=5))
    plan = two_protected(acknowledgements=both)
    assert plan.blocked is not holds
    by = {str(guard.address): guard.allowed for guard in plan.guards}
    assert by == {"Part/a": "acknowledgements.yaml:1:3" if holds else "", "Part/b": "acknowledgements.yaml:5:3"}


def test_a_guard_that_blocks_says_what_allows_it_to_the_letter() -> None:
    (first, _) = two_protected().guards
    assert "allow protected=Part/a" in first.message
    assert "{guard: protected, address: Part/a, reason: …, until: YYYY-MM-DD}" in first.message


def test_what_this_change_itself_acknowledges_comes_first() -> None:
    plan = two_protected(
        acknowledgements=(entry("protected", "Part/a"), entry("protected", "Part/b", line=2, added=True))
    )
    assert ids(plan.guards) == ["protected=Part/b", "protected=Part/a"]


def test_entries_that_do_nothing_are_warnings() -> None:
    entries = (
        entry("protected", "Part/a", line=1),
        entry("protected", "Part/z", line=2),
        entry("deletions", until=date(2027, 2, 1), line=3),
    )
    plan = two_protected(acknowledgements=entries)
    found = warn_of_acknowledgements(plan.guards, Facts(NOW, acknowledgements=entries))
    assert [(each.place.line, each.summary) for each in found] == [
        (2, "Acknowledgement without effect"),
        (3, "Acknowledgement expired"),
    ]


def test_the_digest_covers_what_was_allowed_and_had_to_be() -> None:
    one, both = (allow("protected", "Part/a"),), (allow("protected"),)
    digests = {two_protected(allowed=allowed).digest for allowed in ((), one, both)}
    assert len(digests) == 3
    assert two_protected(allowed=(allow("weakening"),)).digest == two_protected().digest


def test_the_digest_is_the_same_however_it_was_allowed() -> None:
    entries = (entry("protected", "Part/a"), entry("protected", "Part/b"))
    assert two_protected(acknowledgements=entries).digest == two_protected(allowed=(allow("protected"),)).digest


@pytest.mark.parametrize(
    ("allowed", "told", "hint"),
    [
        ((), "", ""),
        ((allow("protected"), allow("weakening"), allow("deletions")), "", ""),
        ((allow("protected", "Part/a"), allow("protected", "Part/b")), "", ""),
        (
            (allow("protected", "Part/c"), allow("protected", "Part/c")),
            "allow protected=Part/c allows nothing: the guard protected does not trip there; it trips at Part/a, Part/b.",
            "What blocks is allowed with: allow protected=Part/a, allow protected=Part/b.",
        ),
        (
            (allow("protected"), allow("weakening", "Part/a")),
            "allow weakening=Part/a allows nothing: the guard weakening does not trip there; it trips nowhere in this plan.",
            "Leave it out.",
        ),
    ],
)
def test_a_flag_that_allows_nothing_at_its_address_is_told_with_what_blocks(
    allowed: tuple[Allowance, ...], told: str, hint: str
) -> None:
    plan = two_protected(allowed=allowed)
    found = warn_of_allowances(plan.guards, Facts(NOW, allowed=allowed))
    assert [(each.detail, each.hint) for each in found] == ([(told, hint)] if told else [])


def test_the_trouble_is_the_message_without_its_remedy_and_nothing_else_is_cut() -> None:
    (first, _) = two_protected().guards
    assert first.trouble == "Part/a is protected and would be deleted."
    tricky = replace(first, message=f"A title. To allow it, pass --allow that. {first.message}")
    assert tricky.trouble == "A title. To allow it, pass --allow that. Part/a is protected and would be deleted."


def test_under_targets_an_entry_may_serve_the_rest() -> None:
    entries = (entry("protected", "Part/x"), entry("weakening", "Part/y", until=date(2027, 2, 1)))
    plan = two_protected(acknowledgements=entries)
    facts = Facts(NOW, acknowledgements=entries, targets=("Part/a",))
    assert [each.summary for each in warn_of_acknowledgements(plan.guards, facts)] == ["Acknowledgement expired"]
