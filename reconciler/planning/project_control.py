"""A project's safety settings: whether mail reaches real people, and how much may be deleted at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from reconciler.kinds.world import PROJECT
from reconciler.model.address import Address
from reconciler.model.change import Change
from reconciler.model.control import ControlChange, Shift
from reconciler.planning.domains import Domains

_DELIVERY = ("all", "redirect", "hold")
"""The most dangerous first."""

_THRESHOLDS = {"deletions": 10, "deletionsPercent": 30}
"""What holds where a project says nothing."""


def project_control(changes: Iterable[Change], domains: Domains) -> Iterator[ControlChange]:
    """Safety settings that get looser, or tighter. A project that says nothing, or is gone, has the defaults."""
    changes = list(changes)
    concerned = [change for change in changes if change.address.kind == PROJECT]
    if concerned:
        address = next((change.address for change in concerned if change.after), concerned[0].address)
        before: Mapping[str, Any] = next((change.before.spec for change in concerned if change.before), {})
        after: Mapping[str, Any] = next((change.after.spec for change in concerned if change.after), {})
        yield from _delivery(address, before, after)
        yield from _thresholds(address, before, after)
    yield from _domains(changes, domains)


def _delivery(address: Address, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[ControlChange]:
    old, new = before.get("mail") or {}, after.get("mail") or {}
    was, will = old.get("deliver") or "all", new.get("deliver") or "all"
    if was != will:
        stronger = _DELIVERY.index(will) > _DELIVERY.index(was)
        yield _row("mail delivery", was, will, address, stronger)
    if will != "redirect" or was == "all":
        return
    allowed, named = set(old.get("allow") or ()), set(new.get("allow") or ())
    if named - allowed or (allowed - named and was == will):
        texts = ", ".join(sorted(allowed)), ", ".join(sorted(named))
        yield _row("addresses that get real mail", *texts, address, not named - allowed)
    if was == will and old.get("redirectTo") != new.get("redirectTo"):
        texts = str(old.get("redirectTo") or ""), str(new.get("redirectTo") or "")
        yield ControlChange("", "", "redirected mail", *texts, Shift.DIFFERENT, address)


def _thresholds(address: Address, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[ControlChange]:
    old, new = before.get("guards") or {}, after.get("guards") or {}
    for name, default in _THRESHOLDS.items():
        was, will = _number(old.get(name), default), _number(new.get(name), default)
        if was != will:
            yield _row(f"guard {name}", str(was), str(will), address, will < was)


def _domains(changes: Sequence[Change], domains: Domains) -> Iterator[ControlChange]:
    """Who is in a domain of the project is no external person. A domain a server sends from is not named on purpose."""
    if domains.stored == domains.desired or not domains.stored:
        return
    named = [change.address for change in changes if change.address.kind == PROJECT]
    servers = [change.address for change in changes if change.address.kind == "SmtpServer"]
    looser = bool(named and domains.desired - domains.stored)
    texts = ", ".join(sorted(domains.stored)), ", ".join(sorted(domains.desired))
    shift = Shift.WEAKER if looser else Shift.DIFFERENT
    for address in (named or servers)[:1]:
        yield ControlChange("", "", "domains of the project", *texts, shift, address)


def _number(value: Any, default: int) -> int:
    return default if value is None else int(value)


def _row(fact: str, before: str, after: str, address: Address, stronger: bool) -> ControlChange:
    return ControlChange("", "", fact, before, after, Shift.STRONGER if stronger else Shift.WEAKER, address)
