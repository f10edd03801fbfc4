"""Whose mail stays at home: the project's domains, and who is outside of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reconciler.kinds.world import home_domains, sender_domains
from reconciler.model.configuration.address import Address
from reconciler.planning.ground import Ground


@dataclass(frozen=True, slots=True)
class Domains:
    """The project's domains by stored and by desired state; see `reconciler.kinds.world.home_domains`.

    ``senders``: by domain, the desired servers that send from it.
    """

    stored: frozenset[str]
    desired: frozenset[str]
    senders: Mapping[str, Sequence[Address]]

    @property
    def home(self) -> frozenset[str]:
        """Who is at home for sure: who counts as external is not for a change to say. Without a stored domain it has to."""
        return self.desired & self.stored if self.stored else self.desired


def domains_of(ground: Ground) -> Domains:
    """Both, for a plan."""
    return Domains(home_domains(ground.stored), home_domains(ground.desired), sender_domains(ground.desired))


def domain_of(address: str) -> str:
    """What stands behind the last ``@``."""
    return address.rpartition("@")[2]
