"""Mail diffs: how a mail people get changes, rendered before and after on one sample; and edits that no sample shows."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.configuration.address import Address


@dataclass(frozen=True, slots=True)
class MailDiff:
    """One mail of one resource on one sample (``typical`` or ``awkward``), before and after.

    ``slot``: task, start, completed. ``to``: who gets it, in words. ``subject`` is the one after (before, where the mail
    goes). ``diff``: unified, over headers, subject and both bodies; empty when the words on this sample are the same although
    a template was edited, and then ``changed`` is False. ``html_before`` and ``html_after`` are for the side-by-side view.
    ``alike``: other resources whose mail changes in the very same way, which are not listed again.
    """

    address: Address
    sample: str
    slot: str
    to: str
    subject: str
    changed: bool
    diff: str
    html_before: str = ""
    html_after: str = ""
    alike: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class TemplateEdit:
    """What was edited of a template and no typical mail shows. ``addresses``: whose changes it comes with.

    ``diff``: unified, of the source, without its file lines; every edited line that holds or lies inside a tag, an expression
    or a comment is in it. ``new``: there was no such template before.
    """

    template: str
    addresses: tuple[Address, ...]
    diff: str
    new: bool = False
