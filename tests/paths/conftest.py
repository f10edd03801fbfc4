"""The sample project of the command line's tests, and the canary that no stranger's path may lead to."""

from __future__ import annotations

from tests.cli.conftest import cli, project

__all__ = ("cli", "project")
