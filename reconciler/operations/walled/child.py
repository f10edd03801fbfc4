"""The life of a walled process: get ready, be shut in, and answer until nobody asks any more."""

from __future__ import annotations

import json
import os
import pickle
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from reconciler.kinds.mail.build_context import Surroundings
from reconciler.kinds.mail.samples import TaskSampling
from reconciler.messages.compose.headers import Headers
from reconciler.messages.contexts.values import TaskView, task_shape
from reconciler.messages.language.printing import take_zones_from
from reconciler.messages.language.render import forget
from reconciler.messages.mail import Mail, MailCase, TemplateRef
from reconciler.model.approvals.person import make_person_key
from reconciler.model.configuration.address import Address
from reconciler.model.mail.mailbox import Mailbox, parse_mailbox
from reconciler.operations.walled.confinement import READY, ZONE, Confinement
from reconciler.operations.walled.items import Item, Letter, Trial
from reconciler.operations.walled.jobs import JOBS


def live() -> None:
    """Never returns. Ends when the pipe to it is closed: with the process that asks, however that ends."""
    try:
        warm_up()
        confinement = Confinement()
        take_zones_from(_zone)
        _say(READY)
        while not confinement.grown:
            job, items = _hear()
            for answer in JOBS[job](_one_by_one(items, confinement)):
                _say(json.dumps(answer, ensure_ascii=False).encode(errors="replace"))
        os._exit(0)
    except BaseException:
        os._exit(1)


def warm_up() -> None:
    """Make one mail of every sort, so that all that libraries load late is loaded while it can be."""
    name = TemplateRef("warm", (), "{{ 'a' | upper }} {{ 7.5 * 2 }}")
    html = TemplateRef("warm.html", (), "<style>p { color: red }</style><p>{% for n in [1] %}{{ n }}{% endfor %} é</p>")
    now = datetime(2026, 1, 1, tzinfo=UTC)
    mail = Mail(name, html=html)
    headers = Headers(Mailbox("a@example.com", "é"), "warm", now, (Mailbox("b@example.com"),))
    list(JOBS["write"]([Letter(mail, {}, {"now": now}, "", headers)]))
    samples = TaskSampling(task=TaskView("warm", "Warm"), declared={}, around=Surroundings())
    list(JOBS["check"]([Trial(Address("Mail", "warm"), MailCase("warm", mail, task_shape({}), samples), {})]))
    make_person_key("a@é.example")  # the tables of domains that are not ASCII
    parse_mailbox("A@é.example")  # samples hold addresses, which are read as those of real requests are


def _one_by_one(items: list[Item], confinement: Confinement) -> Iterator[Item]:
    for item in items:
        if confinement.grown:
            forget()
        confinement.begin()
        yield item


def _zone(name: str) -> bytes:
    _say(ZONE + name.encode())
    data: bytes = _hear()
    return data


def _hear() -> Any:
    """From the process that started this one. Raises `EOFError` when it is gone."""
    return pickle.load(sys.stdin.buffer)  # noqa: S301 - as trusted as this process


def _say(line: bytes) -> None:
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()
