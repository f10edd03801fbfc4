"""The stored form of a spec: every default explicit, and one form for equal meanings."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.kinds.reading.decode import decode, spec_data, world_of
from reconciler.kinds.registry import REGISTRY
from reconciler.model.canonical import read_json, write_canonical_json
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.resource import Document, Record, Resource
from tests.kinds.generated import RESOURCES

RELAY = {"uri": "smtp://mail.example.com", "from": "desk@example.com"}
STAGE = {"approvers": ["rosa@example.com"]}

DEFAULTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "SmtpServer": (
        RELAY,
        {
            "uri": "smtp://mail.example.com:25",
            "from": "desk@example.com",
            "credential": None,
            "tls": {"mode": "starttls", "verify": True, "ca": None, "serverName": None, "minVersion": "1.2"},
            "envelopeFrom": None,
            "helo": None,
            "limits": {"connections": 4, "messagesPerConnection": 100},
            "timeouts": {"connect": "30s", "command": "5m", "data": "10m"},
        },
    ),
    "Credential": (
        {"username": "desk", "password": {"secret": "relay-password"}},
        {"username": "desk", "password": {"secret": "relay-password"}},
    ),
    "Group": ({"members": ["rosa@example.com"]}, {"members": ["rosa@example.com"]}),
    "EmailTask": (
        {},
        {
            "context": "task",
            "smtpServer": None,
            "from": None,
            "to": [],
            "cc": [],
            "bcc": [],
            "replyTo": None,
            "subject": None,
            "body": None,
            "parameters": {},
            "expireAfter": "5d",
            "enabled": True,
        },
    ),
    "ApprovalType": ({"process": "manual"}, {"process": "manual", "subject": None, "fields": {}}),
    "ApprovalProcess": (
        {"stages": [STAGE]},
        {
            "smtpServer": None,
            "startActivity": None,
            "completedActivity": None,
            "stages": [{"name": None, "approvers": ["rosa@example.com"], "quorum": 1, "expireAfter": "7d"}],
            "selfApproval": False,
            "requireReason": True,
            "requireComment": "on-deny",
        },
    ),
}


@pytest.mark.parametrize("kind", DEFAULTS)
def test_every_default_is_explicit(kind: str) -> None:
    given_spec, expected = DEFAULTS[kind]
    assert spec_data(decoded(kind, given_spec)) == expected


def test_every_kind_has_its_defaults_tested() -> None:
    assert set(DEFAULTS) == set(REGISTRY) - {"Project"}, "a Project is no document of a manifest: see tests/project"


@pytest.mark.parametrize(
    ("uri", "normal", "mode"),
    [
        ("smtp://mail.example.com", "smtp://mail.example.com:25", "starttls"),
        ("smtp://mail.example.com;2525", "smtp://mail.example.com:2525", "starttls"),
        ("SMTP://Mail.Example.COM./", "smtp://mail.example.com:25", "starttls"),
        ("smtps://mail.example.com", "smtps://mail.example.com:465", "implicit"),
        ("smtps://mail.example.com;10465", "smtps://mail.example.com:10465", "implicit"),
        ("smtp://localhost:1025", "smtp://localhost:1025", "none"),
        ("smtp://relay.localhost", "smtp://relay.localhost:25", "none"),
        ("smtp://127.0.0.3", "smtp://127.0.0.3:25", "none"),
        ("smtp://192.0.2.7", "smtp://192.0.2.7:25", "starttls"),
        ("smtp://[::1]:25", "smtp://[::1]:25", "none"),
        ("smtp://[2001:DB8:0::1]", "smtp://[2001:db8::1]:25", "starttls"),
        ("smtps://bücher.example.org", "smtps://xn--bcher-kva.example.org:465", "implicit"),
    ],
)
def test_uri_is_normalised_and_decides_on_tls(uri: str, normal: str, mode: str) -> None:
    spec = spec_data(decoded("SmtpServer", RELAY | {"uri": uri}))
    assert (spec["uri"], spec["tls"]["mode"]) == (normal, mode)


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("b@example.com, a@example.com", ["a@example.com", "b@example.com"]),
        (["a@example.com", "A <a@example.com>", "a@EXAMPLE.com"], ["A <a@example.com>"]),
        ('"Lind, Rosa" <rosa@example.com>,b@example.com', ["b@example.com", '"Lind, Rosa" <rosa@example.com>']),
        ('"a \\" , b" <a@example.com>', ['"a \\" , b" <a@example.com>']),
        (
            [{"group": "z"}, {"group": "a"}, "x@example.com", {"group": "z"}],
            ["x@example.com", {"group": "a"}, {"group": "z"}],
        ),
    ],
)
def test_recipients_are_a_sorted_set(written: Any, stored: list[Any]) -> None:
    assert spec_data(decoded("EmailTask", {"to": written}))["to"] == stored


@pytest.mark.parametrize(
    "written",
    ["tell", {"approved": "tell", "denied": "tell", "expired": "tell", "cancelled": "tell"}],
)
def test_one_task_for_all_outcomes_has_one_form(written: Any) -> None:
    assert (
        spec_data(decoded("ApprovalProcess", {"stages": [STAGE], "completedActivity": written}))["completedActivity"]
        == "tell"
    )


def test_fields_keep_their_declared_order() -> None:
    fields = {"zeta": {}, "alpha": {}, "mid": {}}
    assert list(spec_data(decoded("ApprovalType", {"process": "p", "fields": fields}))["fields"]) == [
        "zeta",
        "alpha",
        "mid",
    ]


def test_decomposed_text_equals_composed_text() -> None:
    composed, decomposed = "Gr\u00fc\u00dfe", "Gru\u0308\u00dfe"
    task = [spec_data(decoded("EmailTask", {"subject": text, "body": text})) for text in (composed, decomposed)]
    assert task[0] == task[1]


@given(RESOURCES)
def test_stored_form_reads_back_to_itself(resource: tuple[str, dict[str, Any]]) -> None:
    kind, spec = resource
    made = decoded(kind, spec)
    stored = read_json(write_canonical_json(spec_data(made)))
    record = Record(made.address, "default", 1, made.metadata.data(), stored)
    again = world_of([record], REGISTRY).resources[made.address]
    assert again.spec == made.spec
    assert write_canonical_json(spec_data(again)) == write_canonical_json(spec_data(made))


@given(RESOURCES, st.randoms(use_true_random=False))
def test_order_of_keys_does_not_matter(resource: tuple[str, dict[str, Any]], order: random.Random) -> None:
    kind, spec = resource
    assert write_canonical_json(spec_data(decoded(kind, shuffled(spec, order)))) == write_canonical_json(
        spec_data(decoded(kind, spec))
    )


def shuffled(value: Any, order: random.Random) -> Any:
    if not isinstance(value, dict):
        return value
    keys = list(value)
    order.shuffle(keys)
    return {key: shuffled(value[key], order) for key in keys}


def decoded(kind: str, spec: dict[str, Any]) -> Resource:
    data = {"apiVersion": "reconciler/v1", "kind": kind, "metadata": {"name": "x"}, "spec": spec}
    resources, diagnostics = decode([Document(data, "m.yaml", {}, {})], REGISTRY)
    assert not diagnostics
    return resources[Address(kind, "x")]


def test_no_number_becomes_a_float() -> None:
    spec = {"process": "p", "fields": {"a": {"type": "number", "min": Decimal("0.1"), "max": 3}}}
    field = spec_data(decoded("ApprovalType", spec))["fields"]["a"]
    assert (field["min"], field["max"]) == (Decimal("0.1"), Decimal(3))
    assert not isinstance(field["max"], float)
