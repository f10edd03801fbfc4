"""The section of a plan that says how far it reaches."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.model.impact import Impact
from reconciler.views.escape import visible
from reconciler.views.layout import Style, facts

NAMED = 10
"""Names of one sort that are shown unless asked for more."""


def impact_section(impact: Impact, *, verbose: bool, style: Style, width: int) -> list[str]:
    """The section as one block, or none where the plan reaches nobody. Effects stand beside the changes that cause them."""
    pairs = [
        ("tasks", _listed([address.name for address in impact.tasks], verbose)),
        ("processes", _listed([address.name for address in impact.processes], verbose)),
        ("mail may reach", _listed(impact.recipients, verbose)),
        ("external domains", _listed(_domains(impact), verbose)),
        ("pending requests", _listed(impact.requests, verbose)),
    ]
    lines = facts([(label, visible(value)) for label, value in pairs], width, "  ")
    return ["\n".join([style.mark("Impact", "bold"), *lines])] if lines else []


def _domains(impact: Impact) -> list[str]:
    new = set(impact.new_external_domains)
    return [f"{domain} (new)" if domain in new else domain for domain in impact.external_domains]


def _listed(names: Sequence[str], verbose: bool) -> str:
    """``2: a, b``; the number only where it says more than the names."""
    shown = names if verbose else names[:NAMED]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
