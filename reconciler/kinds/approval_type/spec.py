"""What an ApprovalType says: what a request carries, and which process decides."""

from __future__ import annotations

from collections import OrderedDict
from typing import Annotated, Any

from pydantic import Field

from reconciler.kinds.fields.declarations import Declarations
from reconciler.kinds.fields.spec import ResourceSpec, about
from reconciler.kinds.fields.texts import HeaderText, ResourceName


class ApprovalTypeSpec(ResourceSpec):
    """``fields`` keep the order they were declared in. ``subject`` None: see `reconciler.kinds.mail.words`."""

    KIND = "ApprovalType"

    process: Annotated[ResourceName, about("Name of the ApprovalProcess that decides.")]
    subject: Annotated[
        HeaderText | None,
        about(
            "What is asked for, in one line: a template over request.requester, request.reason and fields.NAME.",
            otherwise="made of title and fields",
        ),
    ] = None
    fields: Annotated[
        Declarations, about("What a request carries: declarations by camelCase name, in the order mails show them.")
    ] = Field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """In the fields' own order, which counts where two of these are compared."""
        made = super().plain()
        return {**made, "fields": OrderedDict(made["fields"])}
