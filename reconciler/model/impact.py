"""Impact: how far a plan reaches."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.address import Address


@dataclass(frozen=True, slots=True)
class Impact:
    """Everything the changes reach. All sorted, each once.

    ``recipients``: addresses that may get mail through what changes. ``external_domains``: of these, outside the project's
    domains; ``new_external_domains``: of these, not reached by the stored state. ``requests``: ids of pending requests
    that a change touches. ``effects``: what happens besides being recorded, in words.
    ``deliver``: how the project delivers mail afterwards (all, redirect, hold); ``withheld``: addresses it is meant for that
    do not get it so. ``released``: of each message that is held back now and leaves after the change, whom it goes to.
    """

    tasks: tuple[Address, ...] = ()
    processes: tuple[Address, ...] = ()
    recipients: tuple[str, ...] = ()
    external_domains: tuple[str, ...] = ()
    new_external_domains: tuple[str, ...] = ()
    requests: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()
    deliver: str = "all"
    withheld: tuple[str, ...] = ()
    released: tuple[tuple[str, ...], ...] = ()

    @property
    def released_to(self) -> tuple[str, ...]:
        """Everybody whom messages go to that were held back."""
        return tuple(sorted({address for each in self.released for address in each}))
