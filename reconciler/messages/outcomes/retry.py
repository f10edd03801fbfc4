"""What an attempt leaves behind: the fate of each recipient, the state of the message and when it is tried again.

Back-off is exponential with full jitter and a cap (RFC 5321 section 4.5.4.1). ``jitter`` is a random number from 0 to 1
that the caller draws. A fault of the server is not an attempt of the message: an outage costs waiting, never attempts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from reconciler.model.mail.message import Fate, Message, MessageState, RecipientVerdict, Verdict

LEAST_WAIT = timedelta(seconds=5)
"""Nothing is tried again sooner, however small the jitter: a refusal must not become a tight loop."""

_MESSAGE = (timedelta(minutes=1), timedelta(hours=2))
_SERVER = (timedelta(seconds=15), timedelta(minutes=10))
_REFUSING_SERVER = (timedelta(minutes=2), timedelta(hours=1))


def settle_attempt(message: Message, verdicts: Sequence[RecipientVerdict], now: datetime, jitter: float) -> Message:
    """The message as an attempt that ended ``now`` left it.

    Verdicts reach open recipients only: what was delivered or has failed stays so. Retry makes the message ``deferred``,
    a lost reply to the whole message ``ambiguous``; both are due again later, with the same bytes. An attempt that ends
    at or after ``give_up`` was the last: recipients still open have failed. The state is ``failed`` where at least one
    recipient failed and none is open.
    """
    said = {verdict.address: verdict for verdict in verdicts}
    fates = tuple(_merge(fate, said, _in_order(message, fate, now)) for fate in message.fates)
    attempts = message.attempts + 1
    wait = _wait(*_MESSAGE, attempts, jitter)
    return _settle(replace(message, fates=fates, attempts=attempts), now, wait)


def settle_unknown(message: Message, verdicts: Sequence[RecipientVerdict], now: datetime) -> Message:
    """The message when a sender vanished and left no outcome: an attempt whose reply nobody heard, due again at once.

    ``verdicts`` as for `settle_attempt`, all ambiguous. Its lease has run out since, which was waiting enough.
    """
    left = settle_attempt(message, verdicts, now, 0.0)
    return left if left.state.final else replace(left, due=now)


def settle_fault(message: Message, fault: str, now: datetime, pause: timedelta) -> Message:
    """The message when its server could not be used at all: due after the pause, and no attempt is counted.

    ``fault``: one line for people, recorded with every open recipient; where it is empty, what was heard last stays. At or
    after ``give_up`` they have failed with it.
    """
    fates = tuple(
        replace(fate, reply=fault or fate.reply, at=_in_order(message, fate, now)) if fate.open else fate
        for fate in message.fates
    )
    return _settle(replace(message, fates=fates), now, pause)


def settle_refusal(message: Message, reply: str, now: datetime) -> Message:
    """The message when nothing can ever come of it as it is: open recipients have failed with ``reply``."""
    fates = tuple(
        replace(fate, verdict=Verdict.FAILED, reply=reply, at=_in_order(message, fate, now)) if fate.open else fate
        for fate in message.fates
    )
    return replace(message, fates=fates, state=_final_state(fates), due=now)


def choose_server_pause(failures: int, jitter: float, *, permanent: bool = False) -> timedelta:
    """How long a server that failed ``failures`` times in a row (from 1) is left alone: at most ten minutes.

    ``permanent``: the server answers and refuses us as we are configured (a wrong password, a bad certificate). Mail still
    waits for the correction, but is tried more slowly, at most an hour apart: many refused logins lock an account.
    """
    return _wait(*(_REFUSING_SERVER if permanent else _SERVER), failures, jitter)


def _merge(fate: Fate, said: Mapping[str, RecipientVerdict], now: datetime) -> Fate:
    verdict = said.get(fate.address)
    if verdict is None or not fate.open:
        return fate
    return replace(fate, verdict=verdict.verdict, reply=verdict.reply, at=now)


def _settle(message: Message, now: datetime, wait: timedelta) -> Message:
    """State and due time from the fates."""
    if not message.open_recipients:
        return replace(message, state=_final_state(message.fates), due=now)
    if now >= message.give_up:
        fates = tuple(_give_up(fate, _in_order(message, fate, now)) if fate.open else fate for fate in message.fates)
        return replace(message, fates=fates, state=_final_state(fates), due=now)
    ambiguous = any(fate.verdict is Verdict.AMBIGUOUS for fate in message.fates)
    state = MessageState.AMBIGUOUS if ambiguous else MessageState.DEFERRED
    return replace(message, state=state, due=min(now + wait, message.give_up))


def _in_order(message: Message, fate: Fate, now: datetime) -> datetime:
    """The time that is recorded of now: where the clock was set back, not before what happened earlier."""
    return max(now, message.created, fate.at or message.created)


def _give_up(fate: Fate, now: datetime) -> Fate:
    reason = "Given up: the time in which this mail is useful has passed."
    if fate.verdict is Verdict.AMBIGUOUS:
        reason += " It may have arrived: the server's answer to it was lost."
    if fate.reply:
        reason += f" Last heard: {fate.reply}"
    return replace(fate, verdict=Verdict.FAILED, reply=reason, at=now)


def _final_state(fates: Sequence[Fate]) -> MessageState:
    failed = any(fate.verdict is Verdict.FAILED for fate in fates)
    return MessageState.FAILED if failed else MessageState.DELIVERED


def _wait(first: timedelta, most: timedelta, times: int, jitter: float) -> timedelta:
    doublings = min(max(times, 1) - 1, 20)  # beyond that every cap is reached, and powers grow without end
    factor = int(2**doublings)
    ceiling = min(most, first * factor)
    return max(LEAST_WAIT, ceiling * min(max(jitter, 0.0), 1.0))
