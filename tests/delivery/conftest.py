from __future__ import annotations

import ssl
from dataclasses import dataclass

import pytest
import trustme


@dataclass
class Authority:
    """A certificate authority of this test run."""

    made: trustme.CA

    @property
    def pem(self) -> str:
        return self.made.cert_pem.bytes().decode()

    def server(self, *names: str, **fields: object) -> ssl.SSLContext:
        """A server's context with a certificate for the names, 127.0.0.1 where none is given."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.made.issue_cert(*(names or ("127.0.0.1",)), **fields).configure_cert(context)  # type: ignore[arg-type]
        return context


@pytest.fixture(scope="session")
def authority() -> Authority:
    return Authority(trustme.CA())


@pytest.fixture(scope="session")
def certified(authority: Authority) -> ssl.SSLContext:
    """A server's context with a good certificate for 127.0.0.1."""
    return authority.server()
