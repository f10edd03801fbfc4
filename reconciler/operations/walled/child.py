"""The life of a walled process: get ready, be shut in, and answer until nobody asks any more."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Iterator
from datetime import UTC, datetime

from reconciler.messages.contexts import task_shape
from reconciler.messages.headers import Headers
from reconciler.messages.mail import Mail, MailCase, TemplateRef
from reconciler.messages.printing import give_zones
from reconciler.messages.render import forget
from reconciler.model.address import Address
from reconciler.model.mailbox import Mailbox
from reconciler.operations.walled.confinement import Confinement
from reconciler.operations.walled.frames import HEAD, READY, framed, length_of
from reconciler.operations.walled.items import Item, Letter, Trial
from reconciler.operations.walled.jobs import JOBS

_IN, _OUT = 0, 1


def live() -> None:
    """Never returns. Ends when the pipe to it is closed: with the process that asks, however that ends."""
    try:
        warm_up()
        confinement = Confinement()
        _say(READY)
        while (asked := _heard()) and not confinement.grown:
            _answer(asked, confinement)
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
    list(JOBS["check"]([Trial(Address("EmailTask", "warm"), MailCase("warm", mail, task_shape({})), {})]))


def _answer(asked: bytes, confinement: Confinement) -> None:
    job, zones, items = pickle.loads(asked)  # noqa: S301 - from the process that started this one
    give_zones(zones)
    for answer in JOBS[job](_one_by_one(items, confinement)):
        _say(json.dumps(answer, ensure_ascii=False).encode(errors="replace"))


def _one_by_one(items: list[Item], confinement: Confinement) -> Iterator[Item]:
    for item in items:
        if confinement.grown:
            forget()
        confinement.begin()
        yield item


def _heard() -> bytes:
    """The next thing asked; nothing where nobody asks any more."""
    head = _read(HEAD)
    return _read(length_of(head)) if head else b""


def _read(length: int) -> bytes:
    data = bytearray()
    while len(data) < length:
        chunk = os.read(_IN, min(length - len(data), 1 << 20))
        if not chunk:
            return b""
        data += chunk
    return bytes(data)


def _say(answer: bytes) -> None:
    data = memoryview(framed(answer))
    while data:
        data = data[os.write(_OUT, data) :]
