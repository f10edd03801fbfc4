"""JSON documents fit their schemas, and tell all of what they are of."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any

import click
import jsonschema
import pytest

from reconciler.cli.commands.schema import DOCUMENTS, SCHEMAS
from reconciler.model.approvals.request import RequestOverview
from reconciler.model.condition import Figures, RunCounts, ServerTrouble, Status, Trouble
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import Action
from reconciler.model.configuration.resource import Record
from reconciler.model.configuration.revision import Origin, Revised, Revision, ValueOrigin, Why
from reconciler.model.configuration.suspension import Freeze, Suspension
from reconciler.model.diagnostic import Place
from reconciler.model.journal import Entry, Verification, chain_entry
from reconciler.model.mail.message import About
from reconciler.views import deliveries, history, journal, requests, resources, status
from reconciler.views.writing.json_text import Document
from tests.cli.walking import walked_commands
from tests.views.samples import APPROVED_BY_ROSA, APPROVERS, ASKING, ATTEMPTS, MANY_FATES, NOW, later, record, request

TESTS = Path(__file__).resolve().parents[1]
RELAY = Address("SmtpServer", "relay")
STORED = record("SmtpServer/relay", "Relay", {"uri": "smtp://mail"}, templates={"a": "1"}, files={"b": "2"})
REVISION = Revision(
    3, NOW, "octo", Origin("rollback to serial 1", "root@desk", "c0ffee", "f" * 64, {"update": 1}),
    (Revised(RELAY, Action.UPDATE, STORED, STORED, Address("SmtpServer", "old")),),
)  # fmt: skip
ASKED = request(submitted_by="sam", completed=later(hours=3), decisions=(APPROVED_BY_ROSA,))
MESSAGE = replace(MANY_FATES, about=About("req_1", 0, "rosa@example.com", "start"))
STATUS = Status(
    NOW, "sqlite:state.db", "line-1", 7, 14,
    Figures({"delivered": 3}, 1, 2, 3, 4, (ServerTrouble("relay", 2, "refused", later(hours=1)),), 5), ("octo", NOW),
    Freeze("octo", "root@desk", NOW, "moving"), (Suspension(RELAY, "sam", NOW, "moving", later(days=1)),),
    (Trouble("overdue", "2 messages are overdue", "Start the runner."),),
)  # fmt: skip

FULL: Mapping[str, tuple[Document, Any, Mapping[str, Any]]] = {
    "request": (requests.REQUEST, RequestOverview(ASKED, APPROVERS, ASKING, 1, 2), {}),
    "delivery": (deliveries.DELIVERY, MESSAGE, {"attempts": ATTEMPTS}),
    "run": (deliveries.RUN, RunCounts({"delivered": 1}, {"expired": 1}), {}),
    "history": (history.HISTORY, None, {"revisions": (REVISION,)}),
    "why": (
        history.WHY,
        Why(RELAY, Place("a.yaml", 1, 1), (ValueOrigin(("spec", "uri"), "x", Place("a.yaml", 2, 3), 3),), REVISION, True, "So."),
        {},
    ),
    "journal": (
        journal.JOURNAL, None, {"entries": (chain_entry(Entry("config.applied", "x", "octo", NOW, {"a": 1}), 1, "0" * 64),)}
    ),
    "verification": (journal.VERIFICATION, Verification(3, "3:a", (2, "why"), "1:b", (("Group/a", "is gone"),), ("old",)), {}),
    "status": (status.STATUS, STATUS, {}),
    "suspended": (status.SUSPENDED, STATUS.suspensions[0], {}),
    "resources": (resources.RESOURCES, None, {"lineage": "line-1", "serial": 7, "resources": (STORED,)}),
}  # fmt: skip
"""Documents of values in which every field holds something."""

UNTOLD = {
    "About.slot": "told of the request",
    "Attempt.message": "the message stands above",
    "Duration.seconds": "the deadline stands there", "Duration.text": "the deadline stands there",
    "Stage.expire_after": "the deadline stands there",
    "GroupReference.group": "the people stand there", "Stage.approvers": "the people stand there",
    "JournalEntry.text": "what stands beside it is its content",
    "Member.paths": "`access` tells them",
    "Message.data": "the bytes are not printed", "Message.key": "how a restart knows it",
    "Record.renamed_from": "a move tells it",
    "Request.rules": "the process tells them", "Rules.require_comment": "the process tells them",
    "Rules.require_reason": "the process tells them", "Rules.self_approval": "the process tells them",
    "Request.due": "the runner's", "Request.accepted": "the runner's",
    "RequestOverview.titles": "for people", "RequestOverview.groups": "for people", "Suspension.means": "for people",
}  # fmt: skip
"""By field: why no document tells it."""


WITHOUT_JSON = {"completion", "demo", "schema"}


def other(value: Any) -> Any:
    """Another value of the same type."""
    match value:
        case bool():
            return not value
        case StrEnum():
            return next(each for each in type(value) if each is not value)
        case str():
            return f"{value} other"
        case int() | Decimal():
            return value + 1
        case datetime():
            return value + timedelta(days=1)
        case bytes():
            return value + b"other"
        case Record():
            return replace(value, spec={})
        case _ if is_dataclass(value) and not isinstance(value, type):
            first = fields(value)[0].name
            return replace(value, **{first: other(getattr(value, first))})
    return type(value)()


def variants(value: Any) -> Iterator[tuple[str, Any]]:
    """By field (``Request.id``): the value with another one there, at any depth."""
    if is_dataclass(value) and not isinstance(value, type):
        for field in filter(lambda each: each.init, fields(value)):
            inner = getattr(value, field.name)
            yield f"{type(value).__name__}.{field.name}", replace(value, **{field.name: other(inner)})
            yield from ((name, replace(value, **{field.name: new})) for name, new in variants(inner))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from ((name, (*value[:index], new, *value[index + 1 :])) for name, new in variants(item))


def printed(document: Document, value: Any, given: Mapping[str, Any]) -> str:
    try:
        return document.text(value, **given)
    except IndexError:  # no stage is left that is open
        return ""


def list_fields(name: str) -> tuple[set[str], set[str]]:
    """Every field of the values of a document, and those that it tells."""
    document, value, given = FULL[name]
    before = printed(document, value, given)
    pairs = [(field, printed(document, new, given)) for field, new in variants(value)]
    for key, part in given.items():
        pairs += [(field, printed(document, value, {**given, key: new})) for field, new in variants(part)]
    return {field for field, _ in pairs}, {field for field, after in pairs if after != before}


def test_every_field_is_told_somewhere() -> None:
    known, told = (set[str]().union(*sets) for sets in zip(*map(list_fields, FULL), strict=True))
    assert sorted(known - told) == sorted(UNTOLD), "tell the new field in a document, or say here why it is not told"


def validator(schema: Mapping[str, Any]) -> jsonschema.Draft202012Validator:
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(closed(schema), format_checker=jsonschema.FormatChecker())


def closed(schema: Any) -> Any:
    """The schema without room for keys that it does not name."""
    if isinstance(schema, list):
        return list(map(closed, schema))
    if not isinstance(schema, dict):
        return schema
    inner = {key: closed(value) for key, value in schema.items()}
    return {**inner, "additionalProperties": False} if "required" in schema and "properties" in schema else inner


@pytest.mark.parametrize("name", FULL)
def test_what_is_written_fits_the_schema(name: str) -> None:
    document, value, given = FULL[name]
    validator(json.loads(json.dumps(document.schema("x")))).validate(json.loads(document.text(value, **given)))


def command_of(path: Path) -> str:
    """The longest words of a command that the name of the golden file begins with."""
    if path.parent.name == "errors":
        return "failure"
    if path.parent.name == "explain":
        return "explain" if path.stem == "contents" else "explain-KIND"
    return max((word for word in SCHEMAS if f"{path.stem}-".startswith(f"{word}-")), key=len)


GOLDENS = sorted((TESTS / "cli" / "golden").rglob("*.json"))


@pytest.mark.parametrize("path", GOLDENS, ids=lambda path: str(path.relative_to(TESTS)))
def test_what_commands_print_fits_the_schema(path: Path) -> None:
    name = "send-dry-run" if path.stem.endswith("dry-run") else command_of(path)
    validator(SCHEMAS[name]()).validate(json.loads(path.read_text(encoding="utf-8")))


def test_every_command_that_prints_data_has_a_schema() -> None:
    leaves = {" ".join(words) for words, command in walked_commands() if not isinstance(command, click.Group)}
    assert leaves - set(DOCUMENTS) == WITHOUT_JSON
    assert {typed for typed in DOCUMENTS if typed not in leaves} == {"explain KIND", "send --dry-run"}
