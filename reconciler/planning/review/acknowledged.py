"""What a person has allowed: `--allow`, and the entries of `acknowledgements.yaml`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC

from reconciler.model.configuration.address import Address
from reconciler.model.configuration.guard import Acknowledgement, Allowance, Guard, GuardId
from reconciler.model.configuration.plan import Facts
from reconciler.model.diagnostic import Diagnostic, Place, make_warning
from reconciler.model.wording import Given, Sentence


def judge_guard(guard: Guard, facts: Facts) -> Guard:
    """The guard with what lets it pass or, where nothing does, with what would."""
    if not guard.allowable:
        return guard
    flag = next((each for each in facts.allowed if each.covers(guard.id, guard.address)), None)
    if flag:
        return replace(guard, allowed=f"--allow {flag}")
    for entry in facts.acknowledgements:
        if entry.allowance.covers(guard.id, guard.address) and not _expired(entry, facts):
            return replace(guard, allowed=str(entry.place), acknowledgement=entry)
    words = suggest_remedy(guard.id, guard.address)
    return replace(guard, message=Sentence(guard.message, " ", words), remedy=words)


def suggest_remedy(id: GuardId, address: Address | None) -> Sentence:
    """What allows a guard that tripped, to the letter."""
    where = f", address: {address}" if address else ""
    return Sentence(
        "To allow it, pass ",
        Given("allow", str(Allowance(id, address))),
        f", or add to acknowledgements.yaml: - {{guard: {id}{where}, reason: …, until: YYYY-MM-DD}}",
    )


def warn_of_acknowledgements(guards: Sequence[Guard], facts: Facts) -> list[Diagnostic]:
    """Entries that have expired, and entries that allow nothing in this plan; under targets they may serve the rest."""
    found = (_warning(entry, guards, facts) for entry in facts.acknowledgements)
    return [each for each in found if each is not None]


def warn_of_allowances(guards: Sequence[Guard], facts: Facts) -> list[Diagnostic]:
    """Of what `--allow` names address by address, what allows nothing in this plan."""
    return [
        _idle(each, guards)
        for each in dict.fromkeys(facts.allowed)
        if each.address and not any(guard.allowable and each.covers(guard.id, guard.address) for guard in guards)
    ]


def _idle(allowance: Allowance, guards: Sequence[Guard]) -> Diagnostic:
    trips = [str(guard.address) for guard in guards if guard.id is allowance.guard and guard.address]
    where = f"it trips at {_names(trips)}" if trips else "it trips nowhere in this plan"
    blocking = [Given("allow", str(guard.allowance)) for guard in guards if guard.blocks and guard.allowable]
    return make_warning(
        "Allowance without effect",
        Sentence(
            Given("allow", str(allowance)),
            f" allows nothing: the guard {allowance.guard} does not trip there; {where}.",
        ),
        Place("(command line)"),
        hint=Sentence("What blocks is allowed with: ", *_list(blocking), ".") if blocking else "Leave it out.",
    )


def _names(words: Sequence[str]) -> str:
    more = f" and {len(words) - _NAMED} more" if len(words) > _NAMED else ""
    return ", ".join(words[:_NAMED]) + more


def _list(allowances: Sequence[Given]) -> Iterator[str | Given]:
    for number, each in enumerate(allowances[:_NAMED]):
        yield from ((", ", each) if number else (each,))
    if len(allowances) > _NAMED:
        yield f" and {len(allowances) - _NAMED} more"


_NAMED = 5


def list_used(guards: Iterable[Guard]) -> list[str]:
    """What had to be allowed and was, sorted, each once: part of what a plan's digest covers."""
    return sorted({str(guard.allowance) for guard in guards if not guard.blocks})


def _warning(entry: Acknowledgement, guards: Sequence[Guard], facts: Facts) -> Diagnostic | None:
    what = f"The entry for {entry.allowance} “{entry.reason}”"
    if _expired(entry, facts):
        detail = f"{what} held until {entry.until} and allows nothing any more."
        return make_warning("Acknowledgement expired", detail, entry.place, hint="Remove it, or have it renewed.")
    if not facts.targets and not any(
        each.allowable and entry.allowance.covers(each.id, each.address) for each in guards
    ):
        detail = f"{what} allows nothing in this plan: no such guard trips here."
        return make_warning("Acknowledgement without effect", detail, entry.place, hint="Remove it when it has served.")
    return None


def _expired(entry: Acknowledgement, facts: Facts) -> bool:
    """Whether its last day is over, in UTC."""
    return entry.until is not None and facts.now.astimezone(UTC).date() > entry.until
