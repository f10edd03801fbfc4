from tests.history.conftest import project

__all__ = ["project"]
