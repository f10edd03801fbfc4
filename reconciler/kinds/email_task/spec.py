"""What an EmailTask says: the words of a mail, and who gets it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StrictBool, model_validator

from reconciler.kinds.fields.declarations import Parameters
from reconciler.kinds.fields.forms import TEXT, Form
from reconciler.kinds.fields.recipients import Addressees, MailboxField
from reconciler.kinds.fields.spec import Reads, ResourceSpec, Spec, about, choice
from reconciler.kinds.fields.texts import DurationField, FilePath, HeaderText, ResourceName, read_text
from reconciler.kinds.reading.faults import MISSING_FIELD, fault, wrong_type
from reconciler.model.duration import parse_duration

Context = Literal["task", "approval"]


_BODY: Form = {**TEXT, "title": "template", "description": "A template as text."}


class BodyFiles(Spec):
    """Paths in the templates folder; at least one."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    html: Annotated[FilePath | None, about("The template of the HTML part, in the templates folder.")] = None
    text: Annotated[
        FilePath | None,
        about("The template of the text part, in the templates folder.", otherwise="made from the HTML"),
    ] = None

    @model_validator(mode="after")
    def _not_empty(self) -> BodyFiles:
        if not (self.html or self.text):
            raise fault(MISSING_FIELD, "names no template", "Add html: or text:, a path in the templates folder.")
        return self


def _body_text(value: object) -> str:
    if not isinstance(value, str):
        raise wrong_type("text or {html, text}", value)
    return read_text(value)


class EmailTaskSpec(ResourceSpec):
    """``to``, ``cc``, ``bcc``: sorted, each once. ``body``: text, files, or None for the built-in words."""

    KIND = "EmailTask"

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"context": {"const": "task"}}},
            "then": {"required": ["to", "subject", "body"]},
        }
    )

    context: Annotated[
        Context,
        choice(Context),
        about("task: sent by hand, to the recipients named here. approval: the words of an approval process."),
    ] = "task"
    smtp_server: Annotated[
        ResourceName | None,
        about(
            "Name of the SmtpServer. In the context approval the process's comes first.",
            otherwise="the project's, else the only one",
        ),
    ] = None
    sender: Annotated[MailboxField | None, about("The sender.", otherwise="the server's from")] = Field(
        default=None, alias="from"
    )
    to: Annotated[Addressees, about("Who gets the mail. Required in the context task, refused in approval.")] = ()
    cc: Annotated[Addressees, about("Who gets a copy. Refused in the context approval.")] = ()
    bcc: Annotated[Addressees, about("Who gets a copy unseen. Refused in the context approval.")] = ()
    reply_to: Annotated[
        MailboxField | None, about("Where replies go.", otherwise="none; of mail to approvers the requester")
    ] = None
    subject: Annotated[
        HeaderText | None,
        about("A template, on one line. Required in the context task.", otherwise="built in, in the context approval"),
    ] = None
    body: Annotated[
        Annotated[str | BodyFiles, Reads(BodyFiles, otherwise=_body_text, form=_BODY)] | None,
        about(
            "A template as text; or {html, text}: paths in the templates folder, at least one of them. Required in the "
            "context task.",
            otherwise="built in, in the context approval",
        ),
    ] = None
    parameters: Annotated[
        Parameters,
        about(
            "By camelCase name: a value (text, a number, true or false), locked as it stands; or a declaration, set when the "
            "task is sent. Templates read parameters.NAME."
        ),
    ] = Field(default_factory=dict)
    expire_after: Annotated[DurationField, about("How long delivery is tried.")] = parse_duration("5d")
    enabled: Annotated[StrictBool, about("false: nothing is sent.")] = True
