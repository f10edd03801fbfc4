"""The projects of tests/properties."""

from tests.properties.conftest import new_project

__all__ = ["new_project"]
