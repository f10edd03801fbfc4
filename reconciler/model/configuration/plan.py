"""Plans: ordered changes, as a value that does nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from reconciler.model.approvals.request import Request
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import Action, Change, TemplateEdit
from reconciler.model.configuration.control import ControlChange
from reconciler.model.configuration.guard import Acknowledgement, Allowance, Guard
from reconciler.model.configuration.resource import DEFAULT_OWNER
from reconciler.model.configuration.suspension import Freeze, Suspension
from reconciler.model.diagnostic import Diagnostic


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


@dataclass(frozen=True, slots=True)
class Facts:
    """What planning needs to know besides desired and stored state.

    ``requests``: every pending request. ``held``: of each message that is held back, whom it still is for.
    ``needed``: why open requests or unfinished messages still need an address.
    ``last_uses``: of what may be deleted, None for never; ``owners``: whose stored resources these manifests may delete.
    ``targets``: the selectors that desired state was narrowed by, as text; ``left_out``: the addresses of the changes that
    this leaves out, the stored ones where there are any.
    ``gone``: why what is not desired goes, empty where manifests no longer name it.
    ``allowed``: what ``--allow`` names; ``acknowledgements``: what stands in `acknowledgements.yaml`, expired ones too.
    """

    now: datetime
    environment: str | None = None
    requests: tuple[Request, ...] = ()
    held: tuple[tuple[str, ...], ...] = ()
    needed: Mapping[Address, str] = field(default_factory=dict)
    last_uses: Mapping[Address, datetime | None] = field(default_factory=dict)
    suspensions: tuple[Suspension, ...] = ()
    allowed: tuple[Allowance, ...] = ()
    acknowledgements: tuple[Acknowledgement, ...] = ()
    owners: frozenset[str] = frozenset({DEFAULT_OWNER})
    targets: tuple[str, ...] = ()
    left_out: frozenset[Address] = frozenset()
    freeze: Freeze | None = None
    gone: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """``changes`` in the order they are carried out, without those whose action is none (unless moved); ``unchanged``
    counts the rest. ``guards`` that tripped, allowed or not; ``control``: how who decides shifts; ``suspensions`` in force;
    ``freeze``: a person's stop on all applies, if there is one.
    ``judged``: ids of the open requests that were looked at, where a change of groups can concern them; else None.
    ``targets``: what the plan was asked for, sorted, empty where for everything; ``left_out``: changes that no target hits.
    ``edits``: what was edited of templates and no sample shows, once the sources have been loaded."""

    lineage: str | None
    serial: int
    environment: str | None
    changes: tuple[Change, ...]
    unchanged: int
    digest: str
    diagnostics: tuple[Diagnostic, ...] = ()
    guards: tuple[Guard, ...] = ()
    control: tuple[ControlChange, ...] = ()
    impact: Impact = field(default_factory=Impact)
    suspensions: tuple[Suspension, ...] = ()
    judged: frozenset[str] | None = None
    targets: tuple[str, ...] = ()
    left_out: int = 0
    freeze: Freeze | None = None
    edits: tuple[TemplateEdit, ...] = ()

    @property
    def blocked(self) -> bool:
        """Whether a guard stops the apply."""
        return any(guard.blocks for guard in self.guards)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.changes

    def count(self, action: Action) -> int:
        """How many changes have this action."""
        return sum(change.action is action for change in self.changes)

    @property
    def summary(self) -> dict[str, int]:
        """Counts by action, as JSON and the journal print them."""
        return {
            "create": self.count(Action.CREATE),
            "update": self.count(Action.UPDATE),
            "delete": self.count(Action.DELETE),
            "move": sum(change.previous is not None for change in self.changes),
            "unchanged": self.unchanged,
        }
