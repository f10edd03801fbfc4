"""Control: who decides, and under which rules; a shift of it between two states."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reconciler.model.configuration.address import Address


class Shift(StrEnum):
    """What a change of one fact does to control."""

    WEAKER = "weaker"
    STRONGER = "stronger"
    DIFFERENT = "different"
    AVAILABILITY = "availability"


@dataclass(frozen=True, slots=True)
class ControlChange:
    """One fact of control that differs between stored and desired state.

    ``type`` and ``stage`` (its name, or number from 1) say where, both empty for what is not of one approval (TLS of a
    server, a new secret reference). ``fact``: a constant phrase ("approvers", "quorum", "self-approval", "TLS"). ``before``
    and ``after`` are texts for people, people by name with the groups they come through; empty: there was or is none.
    ``because``: the resource whose change does it: what a `weakening` guard names. ``gained`` and ``lost``: of people,
    those who joined and who left, in the form they have in ``after`` and ``before``. ``clause``: what a guard says of it, where
    "fact from before to after" would be no sentence.
    """

    type: str
    stage: str
    fact: str
    before: str
    after: str
    shift: Shift
    because: Address
    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    clause: str = ""
