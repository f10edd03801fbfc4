"""What a plan was made from, handed to everything that looks at it further."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reconciler.kinds.protocol.kind import AnyKind
from reconciler.kinds.protocol.world import World, home_domains, sender_domains
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.plan import Facts
from reconciler.model.configuration.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class PlanInputs:
    """What a plan was made from."""

    stored: World
    desired: World
    snapshot: Snapshot
    facts: Facts
    registry: Mapping[str, AnyKind]


@dataclass(frozen=True, slots=True)
class Domains:
    """The project's domains by stored and by desired state; see `reconciler.kinds.protocol.world.home_domains`.

    ``senders``: by domain, the desired servers that send from it.
    """

    stored: frozenset[str]
    desired: frozenset[str]
    senders: Mapping[str, Sequence[Address]]

    @property
    def home(self) -> frozenset[str]:
        """Who is at home for sure: who counts as external is not for a change to say. Without a stored domain it has to."""
        return self.desired & self.stored if self.stored else self.desired


def find_domains(inputs: PlanInputs) -> Domains:
    """Both, for a plan."""
    return Domains(home_domains(inputs.stored), home_domains(inputs.desired), sender_domains(inputs.desired))


def take_domain(address: str) -> str:
    """What stands behind the last ``@``."""
    return address.rpartition("@")[2]
