"""Whom mail really reaches: what the applied settings of the project make of a message's recipients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from reconciler.kinds.project.kind import MailSettings, ProjectSpec
from reconciler.model.mail.mailbox import Mailbox
from reconciler.model.mail.message import HELD, Fate, Message, MessageState, Verdict

INTENDED = "X-Reconciler-Intended-To"
"""The header that says for whom a message was that somebody else gets."""


def reached(mail: MailSettings, recipients: Sequence[str]) -> tuple[str, ...]:
    """The envelope recipients: those meant, or where mail is redirected, those allowed and the one it goes to instead."""
    if mail.deliver != "redirect" or mail.redirect_to is None:
        return tuple(dict.fromkeys(recipients))
    return tuple(dict.fromkeys(mail.reader_of(each) or each for each in recipients))


def intended(mail: MailSettings, seen: Sequence[Mailbox], blind: Sequence[Mailbox]) -> Mapping[str, str]:
    """The header for a message that others may get than those it is for; none where mail is for real.

    Blind-copy recipients are told to nobody who gets the message as himself.
    """
    if mail.deliver == "all":
        return {}
    visible = [each.address for each in seen]
    everybody = [*visible, *(each.address for each in blind)]
    told = visible if any(mail.allows(address) for address in everybody) else everybody
    return {INTENDED: ", ".join(dict.fromkeys(told))}


def redirected(mail: MailSettings, message: Message) -> Message:
    """The message as it may leave under the settings of now: one written before mail was redirected is redirected too.

    The bytes are what they were; who has it already or has failed for good stays recorded.
    """
    if mail.deliver != "redirect" or mail.redirect_to is None:
        return message
    instead = mail.redirect_to.address
    fates: dict[str, Fate] = {}
    for fate in message.fates:
        to = fate if not fate.open or mail.allows(fate.address) else replace(fate, address=instead)
        fates.setdefault(to.address, to)
    return replace(message, fates=tuple(fates.values()))


def held(mail: MailSettings, message: Message) -> Message | None:
    """The message as it waits until mail is delivered again; None where nothing holds it back."""
    if mail.deliver != "hold" or all(mail.allows(address) for address in message.open_recipients):
        return None
    unknown = any(fate.verdict is Verdict.AMBIGUOUS for fate in message.fates)
    tried = MessageState.DEFERRED if message.attempts else MessageState.QUEUED
    return replace(message, state=MessageState.AMBIGUOUS if unknown else tried, due=HELD)


def left_unknown(settings: ProjectSpec, message: Message) -> Message:
    """The message after an attempt: where one of unknown outcome is not sent again by itself, it waits to be of no more use."""
    waits = settings.on_ambiguous == "hold" and message.state is MessageState.AMBIGUOUS
    return replace(message, due=message.give_up) if waits else message
