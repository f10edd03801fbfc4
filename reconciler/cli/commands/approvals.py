"""``reconciler approvals``."""

from __future__ import annotations

import time

import click

from reconciler.cli.next_step import make_page
from reconciler.cli.project import offer_applied_names, open_applied_workspace
from reconciler.cli.settings import (
    CommandGroup,
    Settings,
    common_options,
    echo,
    notice,
    option,
    pass_settings,
)
from reconciler.cli.words import DURATION, PAIR, once_each
from reconciler.kinds.approval_type.spec import ApprovalTypeSpec
from reconciler.model.approvals.request import Choice, Request, RequestState
from reconciler.model.duration import Duration
from reconciler.operations.approvals.decide import cancel_request, decide
from reconciler.operations.approvals.move_due_requests import settle_due
from reconciler.operations.approvals.move_request import find_requests, show_request
from reconciler.operations.approvals.request_approval import request_approval
from reconciler.operations.context.workspace import Workspace
from reconciler.views.requests import (
    REQUEST,
    REQUESTED,
    REQUESTS,
    describe_made_request,
    describe_request,
    describe_requests,
)

_WAIT_CODES = {
    RequestState.APPROVED: 0,
    RequestState.DENIED: 7,
    RequestState.EXPIRED: 8,
    RequestState.CANCELLED: 8,
    RequestState.PENDING: 9,
}
_LOOK_SECONDS = 1.0


@click.group("approvals", cls=CommandGroup, short_help="Request, list, show, approve, deny, cancel.")
@common_options
def command() -> None:
    """Requests for approval: make them, see where they stand, decide them.

    Mail to approvers and requesters is written at once and sent by `reconciler run`.

    \b
    Examples:
      reconciler approvals request execute-application --requester kim@example.com --reason "billing needs it" \\
          --field fileName=npp.exe --field computer=PC-0114
      reconciler approvals list
      reconciler approvals approve req_01k9xq3f8m2c7a --as rosa@example.com
    """


@command.command("request", short_help="Ask for approval.")
@click.argument("type", shell_complete=offer_applied_names(ApprovalTypeSpec.KIND))
@option("--requester", required=True, metavar="ADDR", help="Who asks: name@example.com or Name <name@example.com>.")
@option("--reason", default="", metavar="TEXT", help="Why.")
@option(
    "--field",
    "fields",
    multiple=True,
    type=PAIR,
    callback=once_each,
    metavar="K=V",
    help="A field of the type; may be repeated.",
)
@option("--wait", is_flag=True, help="Wait for the outcome: 0 approved, 7 denied, 8 expired or cancelled, 9 pending.")
@option("--wait-timeout", type=DURATION, metavar="DURATION", help="Wait at most this long. [default: the deadline]")
@common_options
@pass_settings
def request(  # noqa: PLR0913, PLR0917 - one argument for each option of the command
    settings: Settings,
    type: str,
    requester: str,
    reason: str,
    fields: tuple[tuple[str, str], ...],
    wait: bool,
    wait_timeout: Duration | None,
) -> int:
    """Ask for approval of something of TYPE.

    Everybody who may decide gets one mail, sent by `reconciler run`. The request's id is printed.

    \b
    Examples:
      reconciler approvals request server-access --requester kim@example.com --reason "disk full" --field host=db-07
      reconciler approvals request server-access --requester kim@example.com --reason x --field host=db-07 --wait
    """
    workspace = open_applied_workspace(settings)
    made = request_approval(workspace, type, requester, reason, dict(fields))
    if wait:
        notice(f"{made.id}: waiting for the outcome.")
        made = _outcome(workspace, made, wait_timeout)
    if settings.json:
        echo(REQUESTED.text(made))
    else:
        echo(describe_made_request(made, make_page(settings)))
    return _WAIT_CODES[made.state] if wait else 0


def _outcome(workspace: Workspace, made: Request, timeout: Duration | None) -> Request:
    """The request once it is no longer pending, or when the time is up."""
    last = made.created + timeout.elapsed if timeout else None
    while made.state is RequestState.PENDING and (last is None or workspace.now() < last):
        time.sleep(_LOOK_SECONDS)
        settle_due(workspace, made.id)  # the deadline ends the wait even where no runner is at work
        made = show_request(workspace, made.id).request
    return made


@command.command("list", short_help="Requests, newest first.")
@option("--status", type=click.Choice([state.value for state in RequestState]), help="Only those in this state.")
@option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="How many at most.")
@common_options
@pass_settings
def list_requests(settings: Settings, status: str | None, limit: int) -> int:
    """Requests, newest first.

    \b
    Examples:
      reconciler approvals list --status pending
      reconciler approvals list --format json
    """
    found = find_requests(open_applied_workspace(settings), RequestState(status) if status else None, limit)
    if settings.json:
        echo(REQUESTS.text(requests=found))
    else:
        echo(describe_requests(found, make_page(settings)))
    return 0


@command.command("show", short_help="One request: who was asked, who decided, what is next.")
@click.argument("id")
@common_options
@pass_settings
def show(settings: Settings, id: str) -> int:
    """One request: what is asked, who was asked and whether their mail arrived, who decided, what is next.

    \b
    Example:
      reconciler approvals show req_01k9xq3f8m2c7a
    """
    return _show(settings, open_applied_workspace(settings), id)


def _show(settings: Settings, workspace: Workspace, id: str) -> int:
    standing = show_request(workspace, id)
    if settings.json:
        echo(REQUEST.text(standing))
    else:
        said = describe_request(standing, workspace.now(), make_page(settings))
        echo(said)
    return 0


@command.command("approve", short_help="Approve a request.")
@click.argument("id")
@option("--as", "person", required=True, metavar="ADDR", help="The approver whose word this is.")
@option("--comment", default="", metavar="TEXT", help="What the requester and the record are told.")
@common_options
@pass_settings
def approve(settings: Settings, id: str, person: str, comment: str) -> int:
    """Approve a request as one of its approvers. Recorded with your OS user and host.

    \b
    Example:
      reconciler approvals approve req_01k9xq3f8m2c7a --as rosa@example.com --comment "known tool"
    """
    return _decide(settings, id, Choice.APPROVE, person, comment)


@command.command("deny", short_help="Deny a request; that ends it.")
@click.argument("id")
@option("--as", "person", required=True, metavar="ADDR", help="The approver whose word this is.")
@option("--comment", default="", metavar="TEXT", help="Why; the process may require it.")
@common_options
@pass_settings
def deny(settings: Settings, id: str, person: str, comment: str) -> int:
    """Deny a request as one of its approvers; one denial ends it. Recorded with your OS user and host.

    \b
    Example:
      reconciler approvals deny req_01k9xq3f8m2c7a --as rosa@example.com --comment "not on that computer"
    """
    return _decide(settings, id, Choice.DENY, person, comment)


def _decide(settings: Settings, id: str, choice: Choice, person: str, comment: str) -> int:
    workspace = open_applied_workspace(settings)
    decide(workspace, id, choice, person, comment)
    return _show(settings, workspace, id)


@command.command("cancel", short_help="Take a request back.")
@click.argument("id")
@common_options
@pass_settings
def cancel(settings: Settings, id: str) -> int:
    """Take a pending request back. The requester is told; approvers who have not been mailed yet no longer will be.

    \b
    Example:
      reconciler approvals cancel req_01k9xq3f8m2c7a
    """
    workspace = open_applied_workspace(settings)
    cancel_request(workspace, id)
    return _show(settings, workspace, id)
