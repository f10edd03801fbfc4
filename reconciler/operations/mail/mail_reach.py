"""Whom mail really reaches: what the applied settings of the project make of a message's recipients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from reconciler.approvals.eligibility import find_member, list_eligible_people
from reconciler.kinds.project.spec import MailSettings, ProjectSpec
from reconciler.kinds.protocol.world import World
from reconciler.model.approvals.request import RequestState
from reconciler.model.mail.mailbox import Mailbox
from reconciler.model.mail.message import HELD, About, Fate, Message, MessageState, Verdict
from reconciler.operations.context.workspace import Workspace

INTENDED = "X-Reconciler-Intended-To"
"""The header that says for whom a message was that somebody else gets."""


def list_reached(mail: MailSettings, recipients: Sequence[str]) -> tuple[str, ...]:
    """The envelope recipients: those meant, or where mail is redirected, those allowed and the one it goes to instead."""
    if mail.deliver != "redirect" or mail.redirect_to is None:
        return tuple(dict.fromkeys(recipients))
    return tuple(dict.fromkeys(mail.reader_of(each) or each for each in recipients))


def write_intended(mail: MailSettings, seen: Sequence[Mailbox], blind: Sequence[Mailbox]) -> Mapping[str, str]:
    """The header for a message that others may get than those it is for; none where mail is for real.

    Blind-copy recipients are told to nobody who gets the message as himself.
    """
    if mail.deliver == "all":
        return {}
    visible = [each.address for each in seen]
    everybody = [*visible, *(each.address for each in blind)]
    told = visible if any(mail.allows(address) for address in everybody) else everybody
    return {INTENDED: ", ".join(dict.fromkeys(told))}


def redirect_message(mail: MailSettings, message: Message) -> Message:
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


def hold_back(mail: MailSettings, message: Message) -> Message | None:
    """The message as it waits until mail is delivered again; None where nothing holds it back."""
    if mail.deliver != "hold" or all(mail.allows(address) for address in message.open_recipients):
        return None
    unknown = any(fate.verdict is Verdict.AMBIGUOUS for fate in message.fates)
    tried = MessageState.DEFERRED if message.attempts else MessageState.QUEUED
    return replace(message, state=MessageState.AMBIGUOUS if unknown else tried, due=HELD)


def leave_unknown(settings: ProjectSpec, message: Message) -> Message:
    """The message after an attempt: where one of unknown outcome is not sent again by itself, it waits to be of no more use."""
    waits = settings.on_ambiguous == "hold" and message.state is MessageState.AMBIGUOUS
    return replace(message, due=message.give_up) if waits else message


def explain_unwanted(workspace: Workspace, message: Message, world: World) -> str:
    """Why the message must not be sent any more, in a few words; empty when it should be.

    A mail that asks an approver is unwanted once its request has ended, its stage has passed, or the person may no longer
    decide. Outcome mail and mail of tasks stay wanted.
    """
    about = message.about
    if about is None or about.slot != "start":
        return ""
    return _not_to_be_asked(workspace, about, world)


def _not_to_be_asked(workspace: Workspace, about: About, world: World) -> str:
    request = workspace.state.requests.get(about.request)
    if request is None:
        return f"request {about.request} is gone"
    if request.state is not RequestState.PENDING:
        return f"the request is {request.state}"
    if request.stage != about.stage:
        return "its stage has passed"
    people = list_eligible_people(request.rules, request.requester, world.people(request.current.approvers))
    if find_member(about.person, people) is None:
        return "this person may no longer decide"
    return ""
