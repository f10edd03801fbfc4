"""Every kind there is. A new kind is one file and one line here."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.kinds.approval_process import ApprovalProcess
from reconciler.kinds.approval_type import ApprovalType
from reconciler.kinds.credential import Credential
from reconciler.kinds.email_task import EmailTask
from reconciler.kinds.group import Group
from reconciler.kinds.kind import Kind
from reconciler.kinds.project import Project
from reconciler.kinds.smtp_server import SmtpServer

_KINDS: tuple[Kind, ...] = (
    SmtpServer(),
    Credential(),
    Group(),
    EmailTask(),
    ApprovalType(),
    ApprovalProcess(),
    Project(),
)

REGISTRY: Mapping[str, Kind] = {kind.name: kind for kind in _KINDS}
"""Kinds by the name manifests use."""
