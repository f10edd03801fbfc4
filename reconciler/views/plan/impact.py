"""The section of a plan that says how far it reaches."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.model.configuration.plan import Impact
from reconciler.views.writing.escape import visible
from reconciler.views.writing.layout import Style, counted, facts

NAMED = 10
"""Names of one sort that are shown unless asked for more."""

_WITHHELD = {"redirect": "redirected, for", "hold": "held back, for"}
"""By `mail.deliver`: what is said before the addresses that mail is meant for and does not reach."""


def impact_section(impact: Impact, *, verbose: bool, style: Style, width: int) -> list[str]:
    """The section as one block, or none where the plan reaches nobody. Effects stand beside the changes that cause them."""
    pairs = [
        ("tasks", _listed([address.name for address in impact.tasks], verbose)),
        ("processes", _listed([address.name for address in impact.processes], verbose)),
        ("mail may reach", _listed(impact.recipients, verbose) or ("nobody" if impact.withheld else "")),
        (_WITHHELD.get(impact.deliver, ""), _listed(impact.withheld, verbose)),
        ("held mail let go", released_text(impact, verbose=verbose)),
        ("external domains", _listed(_domains(impact), verbose)),
        ("pending requests", _listed(impact.requests, verbose)),
    ]
    lines = facts([(label, visible(value)) for label, value in pairs], width, "  ")
    return ["\n".join([style.mark("Impact", "bold"), *lines])] if lines else []


def released_text(impact: Impact, *, verbose: bool = False) -> str:
    """How many messages leave that were held back, and to whom: ``2 messages, to a@example.com``."""
    if not impact.released:
        return ""
    return f"{counted(len(impact.released), 'message')}, to {_listed(impact.released_to, verbose)}"


def withheld_text(impact: Impact) -> str:
    """That others are meant than those who get the mail: ``mail for 3 addresses is redirected``; empty where none are."""
    if not impact.withheld:
        return ""
    done = "redirected" if impact.deliver == "redirect" else "held back"
    return f"mail for {counted(len(impact.withheld), 'address', 'addresses')} is {done}"


def _domains(impact: Impact) -> list[str]:
    new = set(impact.new_external_domains)
    return [f"{domain} (new)" if domain in new else domain for domain in impact.external_domains]


def _listed(names: Sequence[str], verbose: bool) -> str:
    """``2: a, b``; the number only where it says more than the names."""
    shown = names if verbose else names[:NAMED]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
