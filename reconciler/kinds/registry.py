"""Every kind there is. A new kind is one folder with two files, and one line here."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.kinds.approval_process.kind import ApprovalProcess
from reconciler.kinds.approval_type.kind import ApprovalType
from reconciler.kinds.credential.kind import Credential
from reconciler.kinds.email_task.kind import EmailTask
from reconciler.kinds.group.kind import Group
from reconciler.kinds.project.kind import Project
from reconciler.kinds.protocol.kind import AnyKind
from reconciler.kinds.smtp_server.kind import SmtpServer

_KINDS: tuple[AnyKind, ...] = (
    SmtpServer(),
    Credential(),
    Group(),
    EmailTask(),
    ApprovalType(),
    ApprovalProcess(),
    Project(),
)

REGISTRY: Mapping[str, AnyKind] = {kind.name: kind for kind in _KINDS}
"""Kinds by the name manifests use."""
