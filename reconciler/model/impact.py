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
    """

    tasks: tuple[Address, ...] = ()
    processes: tuple[Address, ...] = ()
    recipients: tuple[str, ...] = ()
    external_domains: tuple[str, ...] = ()
    new_external_domains: tuple[str, ...] = ()
    requests: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()
