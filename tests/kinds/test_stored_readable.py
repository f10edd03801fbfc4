"""What was accepted once stays readable: rules that came later are for manifests alone."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.kinds.reading.decode import resource_of, spec_data
from reconciler.kinds.registry import REGISTRY
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.resource import Record

METADATA = {"name": "x", "title": "", "description": "", "labels": {}}


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        ("ApprovalType", {"process": "p", "fields": {"size": {"enum": []}}}),
        ("Group", {"members": ["jörg@example.com"]}),
        (
            "SmtpServer",
            {"uri": "smtp://mail.example.com:25", "from": "jörg@example.com", "envelopeFrom": "j@example.com"},
        ),
        ("EmailTask", {"to": "jörg@example.com", "cc": ["jörg@example.com"], "subject": "a", "body": "b"}),
        ("ApprovalProcess", {"stages": [{"approvers": ["jörg@example.com"]}]}),
    ],
)
def test_stored_state_that_no_manifest_could_hold_today_is_read(kind: str, spec: dict[str, Any]) -> None:
    address = Address(kind, "x")
    read = resource_of(Record(address, "default", 1, METADATA, spec), REGISTRY)
    again = resource_of(Record(address, "default", 1, METADATA, spec_data(read)), REGISTRY)
    assert again == read
