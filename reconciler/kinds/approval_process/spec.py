"""What an ApprovalProcess says: who decides, by when, and which tasks tell of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainValidator, StrictBool, WithJsonSchema

from reconciler.kinds.fields.forms import NAME, QUORUM
from reconciler.kinds.fields.recipients import SomeRecipients
from reconciler.kinds.fields.spec import Reads, ResourceSpec, Spec, about, choice
from reconciler.kinds.fields.texts import DurationField, ResourceName, read_list, read_name
from reconciler.kinds.reading.faults import EMPTY, INVALID, fault, wrong_type
from reconciler.model.duration import parse_duration

Comment = Literal["always", "on-deny", "never"]
Quorum = int | Literal["all"]

_BUILT_IN = {"otherwise": "built in"}


class Completed(Spec):
    """The task for each outcome; None is the built-in mail."""

    approved: Annotated[ResourceName | None, about("The task for a request that was approved.", **_BUILT_IN)] = None
    denied: Annotated[ResourceName | None, about("The task for one that was denied.", **_BUILT_IN)] = None
    expired: Annotated[ResourceName | None, about("The task for one nobody decided in time.", **_BUILT_IN)] = None
    cancelled: Annotated[ResourceName | None, about("The task for one that was taken back.", **_BUILT_IN)] = None

    def plain(self) -> Any:
        """One name, or null, where all outcomes have the same: however it was written."""
        names = {self.approved, self.denied, self.expired, self.cancelled}
        return names.pop() if len(names) == 1 else super().plain()


def _for_all(value: object) -> Completed:
    if value is None:
        return Completed()
    if not isinstance(value, str):
        raise wrong_type("the name of a task, or a map by outcome", value)
    name = read_name(value)
    return Completed(approved=name, denied=name, expired=name, cancelled=name)


_ONE_TASK = {**NAME, "type": ["string", "null"], "description": "One task for every outcome."}


def _quorum(value: object) -> Quorum:
    if value == "all" and isinstance(value, str):
        return "all"
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong_type("a number of people, or all", value)
    if value < 1:
        raise fault(INVALID, "must be at least 1", "Write a number of people, or all.")
    return value


def _one_stage(value: object) -> tuple[Any, ...]:
    stages = read_list(value)
    if not stages:
        raise fault(EMPTY, "is empty: nobody could decide", "Write one stage: {approvers: [ … ]}.")
    if len(stages) > 1:
        detail = f"has {len(stages)} stages; this version runs processes of exactly one"
        raise fault("Too many stages", detail, "Keep one stage; its quorum can ask for several people.")
    return stages


class StageSpec(Spec):
    """``approvers``: sorted, each once."""

    name: Annotated[ResourceName | None, about("What the stage is called.")] = None
    approvers: Annotated[SomeRecipients, about("Who may decide: addresses and groups, at least one.")]
    quorum: Annotated[
        Quorum,
        PlainValidator(_quorum),
        WithJsonSchema(QUORUM),
        about("How many people must approve: a number, or all. One denial ends the request."),
    ] = 1
    expire_after: Annotated[DurationField, about("How long there is to decide.")] = parse_duration("7d")


class ApprovalProcessSpec(ResourceSpec):
    """``stages`` has exactly one."""

    KIND = "ApprovalProcess"

    smtp_server: Annotated[
        ResourceName | None,
        about("Name of the SmtpServer for all mail of the process.", otherwise="its activities', else the project's"),
    ] = None
    start_activity: Annotated[
        ResourceName | None,
        about("The EmailTask, of context approval, that asks each approver, one mail each.", **_BUILT_IN),
    ] = None
    completed_activity: Annotated[
        Completed,
        Reads(Completed, otherwise=_for_all, form=_ONE_TASK),
        about(
            "The EmailTask, of context approval, that tells the requester how it ended: one name for every outcome, or a map "
            "by outcome.",
            **_BUILT_IN,
        ),
    ] = Field(default=Completed())
    stages: Annotated[
        tuple[StageSpec, ...],
        BeforeValidator(_one_stage),
        about("Who is asked. Exactly one stage.", minItems=1, maxItems=1),
    ]
    self_approval: Annotated[StrictBool, about("Whether the requester may decide.")] = False
    require_reason: Annotated[StrictBool, about("Whether a request must say why.")] = True
    require_comment: Annotated[
        Comment, choice(Comment), about("Whether a decision must say why: always, to deny, or never.")
    ] = "on-deny"
