"""Approval mails as people would get them: the built-in ones and the shipped example's, for typical and awkward requests.

Golden files are renewed by deleting them: a missing one is written, and its test fails once so that somebody looks at it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from reconciler.kinds.mail.build_context import RequestSurroundings, view_person
from reconciler.kinds.mail.samples import HOSTILE, ApprovalSampling
from reconciler.messages.compose.mime import inline_css
from reconciler.messages.contexts.invented import Invented
from reconciler.messages.contexts.values import (
    DecisionView,
    DetailView,
    GrantChoiceView,
    GrantView,
    LinkView,
    NamedView,
    ProcessView,
    TaskView,
)
from reconciler.messages.language.render import Rendered, read_closure, render
from reconciler.messages.mail import Mail, TemplateRef
from reconciler.model.approvals.person import Member
from reconciler.model.approvals.request import Rules, Stage
from reconciler.model.configuration.declaration import Declaration
from reconciler.model.duration import parse_duration
from reconciler.model.mail.mailbox import Mailbox
from reconciler.sources.reading import Root
from reconciler.sources.templates import Templates

REPOSITORY = Path(__file__).resolve().parents[2]
GOLDEN = Path(__file__).parent / "golden"
NOW = Invented().now
FIELDS = {
    "fileName": Declaration(required=True, title="File", example="npp.exe"),
    "filePath": Declaration(required=True, title="File path", example=r"C:\Program Files\Notepad++\npp.exe"),
    "computer": Declaration(required=True, title="Computer", example="PC-0114"),
}
PEOPLE = tuple(
    Member(Mailbox(f"{word}@example.com", f"{word.title()} Approver"), ("service-desk",))
    for word in ("first", "second")
)
AROUND = RequestSurroundings(
    timezone="Europe/Berlin",
    domains=frozenset({"example.com"}),
    type=NamedView("execute-application", "Default Execute Application Request Type"),
    process=ProcessView("manual-email", "Manual Approval Process with E-mail Alerts"),
    fields=FIELDS,
    approvers=PEOPLE,
)
FIRST, SECOND = (view_person(each, AROUND) for each in PEOPLE)
GUEST = view_person(Mailbox("guest@partner.example.net", "Guest Requester"), AROUND)
PAGE = "https://approve.example.com/d/8Zk1mV0hQmC0S7xJ2uYw3fPq5tRb9nLe"
AGREED = DecisionView(FIRST, "approve", "Known tool.\nRemove it afterwards.", NOW + timedelta(hours=1), "1")
REFUSED = DecisionView(SECOND, "deny", "Use the managed editor instead.", NOW + timedelta(hours=3), "1")


@dataclass(frozen=True)
class Seen:
    """One mail: its words, and what a reader of the HTML sees, hears of (``hidden``), and can press (``links``)."""

    subject: str
    text: str
    html: str
    seen: str
    hidden: str
    links: tuple[str, ...]


def request_contexts() -> dict[str, Mapping[str, Any]]:
    plain = _samples("start")
    first, awkward = plain["typical"], plain["awkward"]
    request, stage = first["request"], first["stage"]
    second = first | {
        "environment": "staging",
        "decisions": (AGREED,),
        "decision": AGREED,
        "stage": replace(stage, name="desk", title="Desk", count=2, quorum="2", needed=2, given=1),
        "request": replace(
            request,
            requester=GUEST,
            reason="The editor is needed before Saturday.\nSee the ticket.",
            submittedBy="helpdesk@example.com",
            links=(LinkView("Ticket", "https://tickets.example.com/CHG-1042?a=1&b=2"),),
        ),
    }
    choices = (GrantChoiceView("once", "one time"), GrantChoiceView("8h", "for 8 hours"))
    page = first | {"request": replace(request, url=PAGE, grant=GrantView(choices, "once"))}
    everyone = first | {"stage": replace(stage, quorum="all", needed=3)}
    hostile = tuple(DetailView(name, HOSTILE[:60], f"{HOSTILE}\n\n{'x' * 200}") for name in FIELDS)
    return {
        "first": first,
        "second": second,
        "page": page,
        "everyone": everyone,
        "awkward": awkward | {"request": replace(awkward["request"], details=hostile)},
    }


def outcome_contexts() -> dict[str, Mapping[str, Any]]:
    samples = _samples("completed")
    done = samples["typical"]
    request, stage = done["request"], done["stage"]
    silent = done | {"decisions": (), "decision": None, "stage": replace(stage, given=0)}
    return {
        "approved": done,
        "denied": done
        | {"decisions": (AGREED, REFUSED), "decision": REFUSED, "request": replace(request, state="denied")},
        "expired": silent | {"request": replace(request, state="expired")},
        "half": done
        | {
            "decisions": (AGREED,),
            "decision": AGREED,
            "stage": replace(stage, given=1, needed=2),
            "request": replace(request, state="expired"),
        },
        "cancelled": silent | {"request": replace(request, state="cancelled")},
        "awkward": samples["awkward"],
    }


@pytest.fixture
def mail() -> Callable[[str, str, str], Seen]:
    """``mail("built-in" or "shipped", "request" or "outcome", sample)``."""

    def made(words: str, kind: str, sample: str) -> Seen:
        contexts = request_contexts() if kind == "request" else outcome_contexts()
        return _seen(rendered(words, kind, contexts[sample]))

    return made


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Compares a whole text with ``golden/NAME``."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
            pytest.fail(f"{path} was missing and has been written; read it, then run again")
        assert text == path.read_text(encoding="utf-8"), f"delete {path} to renew it"

    return compare


def rendered(words: str, kind: str, context: Mapping[str, Any]) -> Rendered:
    parts = ("subject", "text", "html")
    if words == "built-in":
        mail = Mail(*(TemplateRef(f"builtin:approval-{kind}.{part}", ()) for part in parts))
    else:
        subject = TemplateRef(f"builtin:approval-{kind}.subject", ())
        mail = Mail(
            subject, *(TemplateRef(f"approvals/{kind}.{ending}.j2", ("spec", "body")) for ending in ("txt", "html"))
        )
    found = read_closure([each.name for each in mail.templates], Templates(Root(REPOSITORY), "templates").text)
    assert not found.faults
    return render(mail, found.sources, context)


def _samples(activity: str) -> Mapping[str, Mapping[str, Any]]:
    sampling = ApprovalSampling(
        slot=activity,
        task=TaskView("mail", "A mail"),
        declared={},
        around=AROUND,
        stage=Stage("", (), 1, parse_duration("7d")),
        rules=Rules(),
        outcomes=("approved", "expired") if activity == "completed" else (),
        subject="run npp.exe on PC-0114",
    )
    return {name: sampling.make(name) for name in ("typical", "awkward")}


def _seen(made: Rendered) -> Seen:
    assert made.text is not None
    assert made.html is not None
    reader = _Reader()
    reader.feed(inline_css(made.html))
    return Seen(
        made.subject,
        made.text,
        made.html,
        " ".join("".join(reader.shown).split()),
        " ".join("".join(reader.hidden).split()),
        tuple(reader.links),
    )


class _Reader(HTMLParser):
    """Splits HTML into what is shown and what is hidden, and collects where links lead."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []
        self.hidden: list[str] = []
        self.links: list[str] = []
        self._muted: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in ("head", "style") or "display:none" in (values.get("style") or "").replace(" ", ""):
            self._muted.append(tag)
        elif tag in ("p", "div", "h1", "h2", "td", "br"):
            self.shown.append(" ")
        if tag == "a" and values.get("href"):
            self.links.append(str(values["href"]))

    def handle_endtag(self, tag: str) -> None:
        if self._muted and self._muted[-1] == tag:
            self._muted.pop()
        if tag in ("p", "div", "h1", "h2", "td"):
            self.shown.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._muted:
            self.shown.append(data)
        elif self._muted == ["div"]:
            self.hidden.append(data)
