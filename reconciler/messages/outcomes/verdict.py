"""Verdicts: what a server's reply means for a recipient (RFC 5321 section 4.2.1, RFC 3463)."""

from __future__ import annotations

import re

from reconciler.model.mail.message import Verdict

_ENHANCED = re.compile(r"\s*([245])\.([0-9]{1,3})\.([0-9]{1,3})(?![0-9.])")

_NOT_ABOUT_NUMBERS = {(1, None), (2, None), (3, 4), (6, None), (7, None)}
"""(subject, detail) of enhanced codes that tell a 552 on RCPT apart from "too many recipients": the mailbox itself, a message
too big for the system, its content, policy."""


_NOT_LET_IN = {530, 535, 538}
"""Replies that want a login or encryption first (RFC 4954 section 6, RFC 3207 section 4)."""


def judge_reply(code: int, text: str, phase: str) -> Verdict:
    """What the reply ``code text`` to the command of ``phase`` (``mail``, ``rcpt``, ``data``, ``dot``) means.

    The first digit decides: 2 delivered, 4 retry, 5 failed. An enhanced status code in ``text`` that contradicts it wins in
    one direction only: a permanent reply whose enhanced class is 4 is tried again, because giving up on a mail that would
    have arrived costs more than another attempt. 552 on RCPT is an old spelling of 452, too many recipients (RFC 5321
    section 4.5.3.1.10), unless its enhanced code says otherwise. A server that wants a login or encryption first refuses us
    and no recipient: the mail waits for the correction. Anything that is no final reply is a retry before the final dot, and
    ambiguous after it: nobody knows what the server did with the message.
    """
    if 200 <= code <= 299:
        return Verdict.DELIVERED
    if 400 <= code <= 499:
        return Verdict.RETRY
    if not 500 <= code <= 599:
        return Verdict.AMBIGUOUS if phase == "dot" else Verdict.RETRY
    enhanced = read_enhanced_code(text)
    if enhanced and enhanced[0] == 4:
        return Verdict.RETRY
    return Verdict.RETRY if _refuses_us(code, phase) or _too_many(code, phase, enhanced) else Verdict.FAILED


def read_enhanced_code(text: str) -> tuple[int, int, int] | None:
    """(class, subject, detail) of the enhanced status code the text begins with (RFC 2034); None without one."""
    match = _ENHANCED.match(text)
    return (int(match[1]), int(match[2]), int(match[3])) if match else None


def _too_many(code: int, phase: str, enhanced: tuple[int, int, int] | None) -> bool:
    if code != 552 or phase != "rcpt":
        return False
    if enhanced is None:
        return True
    _, subject, detail = enhanced
    return not _NOT_ABOUT_NUMBERS & {(subject, None), (subject, detail)}


def _refuses_us(code: int, phase: str) -> bool:
    """Whether the reply is about the way we talk to the server, as it is configured here, and about no recipient."""
    return code in _NOT_LET_IN and phase in ("mail", "rcpt", "data")
