"""What the outbox tells about the first mails of a request's stage: the facts that deadlines are made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from reconciler.model.mail.message import Message, MessageState, Verdict

START = "start"
"""The slot of the mail that asks a person for the first time."""


@dataclass(frozen=True, slots=True)
class MailFacts:
    """The first mails of one stage. All people are person keys.

    ``accepted``: when a mail server first took one. ``on_the_way``: how many may still be taken. ``failed``: when the
    last one failed for good, None unless every mail that was not cancelled did. ``asked``: who has been asked, or is
    about to be. ``rounds``: how many first mails were ever made for a person, cancelled ones too.
    """

    accepted: datetime | None = None
    on_the_way: int = 0
    failed: datetime | None = None
    asked: frozenset[str] = frozenset()
    rounds: Mapping[str, int] = field(default_factory=dict)


def mail_facts(messages: Iterable[Message], stage: int) -> MailFacts:
    """The facts of one stage, from every message about its request."""
    first = [(m, m.about.person) for m in messages if m.about and m.about.slot == START and m.about.stage == stage]
    sent = [(message, person) for message, person in first if message.state is not MessageState.CANCELLED]
    accepted = min((at for message, _ in first for at in _list_acceptances(message)), default=None)
    on_the_way = sum(not message.state.final for message, _ in sent)
    return MailFacts(
        accepted=accepted,
        on_the_way=on_the_way,
        failed=None if accepted or on_the_way else _last_failure([message for message, _ in sent]),
        asked=frozenset(person for _, person in sent),
        rounds=Counter(person for _, person in first),
    )


def _list_acceptances(message: Message) -> list[datetime]:
    return [fate.at for fate in message.fates if fate.verdict is Verdict.DELIVERED and fate.at]


def _last_failure(messages: Sequence[Message]) -> datetime | None:
    ends = [fate.at or message.give_up for message in messages for fate in message.fates]
    return max(ends, default=None)
