"""Types of templates; the walk itself follows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.messages.fault import TemplateFault
from reconciler.messages.shape import Shape


def type_faults(root: str, trees: Mapping[str, Any], shape: Shape) -> list[TemplateFault]:
    return []
