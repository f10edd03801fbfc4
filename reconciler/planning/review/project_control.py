"""A project's safety settings: whether mail reaches real people, and how much may be deleted at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from reconciler.kinds.project.spec import ProjectSpec
from reconciler.kinds.smtp_server.spec import SmtpServerSpec
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import Change
from reconciler.model.configuration.control import ControlChange, Shift
from reconciler.planning.inputs import Domains, take_domain

_DELIVERY = ("all", "redirect", "hold")
"""The most dangerous first."""

_THRESHOLDS = {"deletions": 10, "deletionsPercent": 30}
"""What holds where a project says nothing."""


def compare_project(changes: Iterable[Change], domains: Domains) -> Iterator[ControlChange]:
    """Safety settings that get looser, or tighter. A project that says nothing, or is gone, has the defaults."""
    changes = list(changes)
    concerned = [change for change in changes if change.address.kind == ProjectSpec.KIND]
    if concerned:
        address = next((change.address for change in concerned if change.after), concerned[0].address)
        before: Mapping[str, Any] = next((change.before.spec for change in concerned if change.before), {})
        after: Mapping[str, Any] = next((change.after.spec for change in concerned if change.after), {})
        yield from _compare_delivery(address, before, after)
        yield from _compare_redirection(address, before, after, domains)
        yield from _compare_thresholds(address, before, after)
    yield from _compare_domains(changes, domains)


def _compare_delivery(address: Address, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[ControlChange]:
    old, new = before.get("mail") or {}, after.get("mail") or {}
    was, will = old.get("deliver") or "all", new.get("deliver") or "all"
    if was != will:
        stronger = _DELIVERY.index(will) > _DELIVERY.index(was)
        yield _row("mail delivery", was, will, address, stronger)
    if "all" in (was, will):
        return
    allowed, named = set(old.get("allow") or ()), set(new.get("allow") or ())
    if named - allowed or (allowed - named and was == will):
        texts = ", ".join(sorted(allowed)), ", ".join(sorted(named))
        yield _row("addresses that get real mail", *texts, address, not named - allowed)


def _compare_redirection(
    address: Address, before: Mapping[str, Any], after: Mapping[str, Any], domains: Domains
) -> Iterator[ControlChange]:
    """Who gets the mail of everybody, approvers' too, may decide in their place."""
    was, will = _redirect_to(before), _redirect_to(after)
    if will and will != was and take_domain(will) not in domains.home:
        yield ControlChange("", "", "redirected mail", was, f"{will} (external)", Shift.WEAKER, address)
    elif was and will and will != was:
        yield ControlChange("", "", "redirected mail", was, will, Shift.DIFFERENT, address)


def _redirect_to(project: Mapping[str, Any]) -> str:
    mail = project.get("mail") or {}
    return str(mail.get("redirectTo") or "") if mail.get("deliver") == "redirect" else ""


def _compare_thresholds(
    address: Address, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[ControlChange]:
    old, new = before.get("guards") or {}, after.get("guards") or {}
    for name, default in _THRESHOLDS.items():
        was, will = _number(old.get(name), default), _number(new.get(name), default)
        if was != will:
            yield _row(f"guard {name}", str(was), str(will), address, will < was)


def _compare_domains(changes: Sequence[Change], domains: Domains) -> Iterator[ControlChange]:
    """Who is in a domain of the project is no external person, however it came to be one: each change that brings some."""
    doers = [
        each.address
        for kind in (ProjectSpec.KIND, SmtpServerSpec.KIND)
        for each in changes
        if each.address.kind == kind
    ]
    if domains.stored == domains.desired or not domains.stored or not doers:
        return
    brought: dict[Address, set[str]] = {}
    for domain in domains.desired - domains.stored:
        doer = next((each for each in domains.senders.get(domain, ()) if each in doers), doers[0])
        brought.setdefault(doer, set()).add(domain)
    kept = domains.desired & domains.stored
    for address, new in sorted(brought.items()) or [(doers[0], set[str]())]:
        texts = ", ".join(sorted(domains.stored)), ", ".join(sorted(kept | new))
        clause = f"nobody at {' or '.join(sorted(new))} would be external any more" if new else ""
        shift = Shift.WEAKER if new else Shift.DIFFERENT
        yield ControlChange("", "", "domains of the project", *texts, shift, address, clause=clause)


def _number(value: Any, default: int) -> int:
    return default if value is None else int(value)


def _row(fact: str, before: str, after: str, address: Address, stronger: bool) -> ControlChange:
    return ControlChange("", "", fact, before, after, Shift.STRONGER if stronger else Shift.WEAKER, address)
