"""Components a test needs beside Python: missing on a laptop they are a skip, in CI a failure."""

from __future__ import annotations

import os

import pytest


def is_required(component: str) -> bool:
    """Whether ``RECONCILER_TEST_REQUIRE=strace,browser`` lists the component."""
    listed = os.environ.get("RECONCILER_TEST_REQUIRE", "").split(",")
    return component in (name.strip() for name in listed)


def require(component: str, present: object) -> None:
    """Go on where ``present`` is true; else skip the test, or fail it where the component is required."""
    if present:
        return
    if is_required(component):
        pytest.fail(f"{component} is missing, and RECONCILER_TEST_REQUIRE asks for it", pytrace=False)
    pytest.skip(f"needs {component}")
