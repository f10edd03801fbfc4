"""What a Rota says: who is called on which days."""

from __future__ import annotations

from typing import Annotated

from reconciler.kinds.fields.recipients import SomeRecipients
from reconciler.kinds.fields.spec import ResourceSpec, about
from reconciler.kinds.fields.texts import HeaderText, ResourceName


class RotaSpec(ResourceSpec):
    """``people``: sorted, each once."""

    KIND = "Rota"

    people: Annotated[SomeRecipients, about("Who is called: addresses and groups.")]
    server: Annotated[ResourceName | None, about("Name of the SmtpServer that calls them.")] = None
    days: Annotated[HeaderText, about("On which days.")] = "every day"
