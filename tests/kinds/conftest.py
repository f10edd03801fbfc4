"""What the tests of kinds share: text of manifests in, world and diagnostics out."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent

import pytest

from reconciler.kinds.protocol.world import World
from reconciler.kinds.reading.decode import read_world
from reconciler.kinds.registry import REGISTRY
from reconciler.model.diagnostic import Diagnostic
from reconciler.sources.yaml.documents import read_documents

Read = Callable[..., tuple[World, list[Diagnostic]]]

RELAY = """
    apiVersion: reconciler/v1
    kind: SmtpServer
    metadata: {name: relay}
    spec:
      uri: smtp://mail.example.com:587
      from: Desk <desk@example.com>
"""


@pytest.fixture
def read() -> Read:
    """Reads files given as text: m1.yaml, m2.yaml, …"""

    def _read(*texts: str) -> tuple[World, list[Diagnostic]]:
        documents = []
        for number, text in enumerate(texts, 1):
            found, faults = read_documents(dedent(text), f"m{number}.yaml")
            assert not faults
            documents += found
        return read_world(documents, REGISTRY)

    return _read


@pytest.fixture
def relay() -> str:
    return RELAY
