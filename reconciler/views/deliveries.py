"""Messages and what became of them, and what a run did, as text and JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from reconciler.model.condition import RunCounts
from reconciler.model.configuration.suspension import UNTIL_RESUMED
from reconciler.model.mail.message import HELD, Attempt, Fate, Message, MessageState, Verdict
from reconciler.model.wording import Act, Do, Sentence
from reconciler.views.writing.escape import visible, visible_lines
from reconciler.views.writing.json_text import COUNTS, TEXT_OR_NULL, Key, document, list_of, shape
from reconciler.views.writing.layout import PLAIN, Page, Say, counted, facts, list_names, minute, moment, table, wrapped

_COLOURS = {
    MessageState.DELIVERED: "green",
    MessageState.FAILED: "red",
    MessageState.DEFERRED: "yellow",
    MessageState.AMBIGUOUS: "yellow",
}
HELD_BY = "mail.deliver of the project is hold"
"""Why mail waits that nothing but a change of the project lets go."""

_HEADERS = ("MESSAGE", "STATE", "CREATED (UTC)", "TO", "SUBJECT")


def describe_run(counts: RunCounts) -> str:
    """What `run` did, in one line: ``Messages: 2 delivered, 1 deferred. Requests: 1 expired.``"""
    if counts.nothing:
        return "Nothing was due."
    groups = (("Messages", counts.messages), ("Requests", counts.requests))
    return " ".join(f"{name}: {_counts(numbers)}." for name, numbers in groups if any(numbers.values()))


def describe_waiting(waiting: Sequence[Message], say: Say = str) -> str:
    """``3 messages wait, the next until 2027-03-01 09:00:00 UTC: SmtpServer/relay. Why: ...``; empty where none does.

    A line for those that wait for a time, for those of a suspended server, and for those that the project holds back.
    ``waiting``: the next due first.
    """
    causes = (
        ([each for each in waiting if each.due < HELD], "the next until {}"),
        ([each for each in waiting if each.due == UNTIL_RESUMED], "until somebody resumes what is suspended"),
        ([each for each in waiting if each.due == HELD], f"because {HELD_BY}"),
    )
    return "\n".join(_waiting(messages, until, say) for messages, until in causes if messages)


def _waiting(messages: Sequence[Message], until: str, say: Say) -> str:
    servers = ", ".join(dict.fromkeys(f"SmtpServer/{visible(message.server)}" for message in messages))
    verb = "waits" if len(messages) == 1 else "wait"
    why = say(Sentence("Why: ", Do(Act.SHOW_DELIVERY, visible(messages[0].id))))
    return f"{counted(len(messages), 'message')} {verb}, {until.format(moment(messages[0].due))}: {servers}. {why}"


RUN = document(
    "What a run did",
    Key("messages", COUNTS, "By what became of them; what did not happen is left out."),
    Key("requests", COUNTS, "By what happened to them."),
)
"""Of `RunCounts`."""


def describe_messages(messages: Sequence[Message], page: Page = PLAIN) -> str:
    """A line for each message, in the order given."""
    if not messages:
        return "No messages."
    rows = [
        (
            visible(m.id),
            m.state.value,
            minute(m.created),
            list_names((visible(f.address) for f in m.fates), most=1),
            visible(m.subject),
        )
        for m in messages
    ]
    return table(_HEADERS, rows, page, cut=(3, 4))


def describe_message(message: Message, attempts: Sequence[Attempt], page: Page = PLAIN) -> str:
    """One message: what it is, the fate of each recipient, every attempt, and what happens next."""
    colours = (_COLOURS[message.state],) if message.state in _COLOURS else ()
    pairs = [
        *_list_head(message),
        ("created", moment(message.created)),
        ("about", visible(f"request {message.about.request}, {message.about.slot}") if message.about else ""),
        ("size", f"{len(message.data):,} bytes"),
    ]
    lines = [f"{visible(message.id)}: {page.mark(message.state, 'bold', *colours)}", *facts(pairs, page.width, "  ")]
    lines += ["", "  Recipients", *(line for fate in message.fates for line in _list_fate_lines(fate, page))]
    if attempts:
        lines += ["", "  Attempts", *(line for attempt in attempts for line in _list_attempt_lines(attempt, page))]
    return "\n".join([*lines, "", *wrapped(describe_next_step(message), page.width, "  ")])


def _list_head(message: Message) -> list[tuple[str, str]]:
    said = (message.subject, message.task, message.server, message.envelope_from)
    return list(zip(("subject", "task", "server", "from"), map(visible, said), strict=True))


def describe_dry_run(message: Message, text: str, page: Page = PLAIN) -> str:
    """What would be sent, from whom and to whom, and the ``text`` of it: nothing of it is stored, so there is no id."""
    pairs = [*_list_head(message), ("to", ", ".join(visible(fate.address) for fate in message.fates))]
    return "\n".join([*facts(pairs, page.width), "", *visible_lines(text)])


DRY_RUN = document(
    "A mail that was not sent",
    Key("dryRun", bool, take=lambda _: True),
    Key("task", str),
    Key("server", str),
    Key("subject", str),
    Key("from", str, take="envelope_from"),
    Key("recipients", list[str], take=lambda message: [fate.address for fate in message.fates]),
    Key("text", str),
)
"""Of a `Message`, and its text."""

_FATE = shape(Key("address", str), Key("verdict", Verdict | None), Key("reply", str), Key("at", datetime | None))

_MESSAGE = (
    Key("id", str),
    Key("state", MessageState),
    Key("task", str, "Address of an EmailTask, or builtin:NAME."),
    Key("server", str, "Name of an SmtpServer."),
    Key("subject", str),
    Key("from", str, take="envelope_from"),
    Key("recipients", list_of(_FATE), take="fates"),
    Key("request", str | None, "The request it is about.", take="about.request"),
    Key("attemptCount", int, take="attempts"),
    Key("createdAt", datetime, take="created"),
    Key(
        "dueAt",
        datetime | None,
        "Of the next attempt; null where none comes, or where it waits for a person.",
        take=lambda message: None if message.state.final or message.due >= HELD else message.due,
    ),
    Key("giveUpAt", datetime, take="give_up"),
)

_ATTEMPT = shape(
    Key("at", datetime),
    Key("server", str),
    Key("fault", TEXT_OR_NULL),
    Key(
        "recipients",
        list_of(shape(Key("address", str), Key("verdict", Verdict), Key("reply", str), Key("phase", str))),
        take="verdicts",
    ),
)

DELIVERIES = document("Messages", Key("deliveries", list_of(shape(*_MESSAGE))))

DELIVERY = document("A message and what became of it", *_MESSAGE, Key("attempts", list_of(_ATTEMPT)))
"""Of a `Message`, and its attempts."""


def describe_next_step(message: Message) -> str:
    """What happens with the message now, in a sentence."""
    due, end = moment(message.due), moment(message.give_up)
    if message.due == UNTIL_RESUMED and not message.state.final:
        return f"It waits until somebody resumes the suspended SmtpServer/{visible(message.server)}; given up at {end}."
    if message.due == HELD and not message.state.final:
        let_go = "Change that in reconciler.yaml and apply: then it leaves"
        return f"It is held back, because {HELD_BY}. {let_go}, or is given up where that is later than {end}."
    sentences: Mapping[MessageState, str] = {
        MessageState.QUEUED: f"It leaves when reconciler run is at work, from {due} on; given up at {end}.",
        MessageState.SENDING: "It is being sent right now.",
        MessageState.DEFERRED: f"It is tried again at {due}; given up at {end}.",
        MessageState.AMBIGUOUS: f"The server may have taken it. The same bytes are sent again at {due}.",
        MessageState.DELIVERED: "Nothing is left to do.",
        MessageState.FAILED: "It is not tried again.",
        MessageState.CANCELLED: "It is not sent.",
    }
    return sentences[message.state]


def _counts(numbers: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {visible(name)}" for name, number in numbers.items() if number)


def _list_fate_lines(fate: Fate, page: Page) -> list[str]:
    said = str(fate.verdict) if fate.verdict else "waiting"
    at = f", {moment(fate.at)}" if fate.at else ""
    reply = f": {visible(fate.reply)}" if fate.reply else ""
    return wrapped(f"{visible(fate.address)}  {said}{at}{reply}", page.width, "    ", "      ")


def _list_attempt_lines(attempt: Attempt, page: Page) -> list[str]:
    counts = Counter(str(each.verdict) for each in attempt.verdicts)
    said = visible(attempt.fault) or _counts(counts) or "no answer"
    people = f" ({counted(len(attempt.verdicts), 'recipient')})" if attempt.verdicts else ""
    line = f"{moment(attempt.at)}  {visible(attempt.server)}: {said}{people}"
    return wrapped(line, page.width, "    ", "      ")
