"""deliver: carry what has come due in the outbox to its mail servers, and record what became of each recipient."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from reconciler.kinds.project.spec import ProjectSpec
from reconciler.kinds.protocol.world import World
from reconciler.kinds.smtp_server.route import route
from reconciler.kinds.smtp_server.spec import SmtpServerSpec
from reconciler.messages.outcomes.retry import (
    choose_server_pause,
    settle_attempt,
    settle_fault,
    settle_refusal,
    settle_unknown,
)
from reconciler.model.condition import RunCounts
from reconciler.model.configuration.address import Address
from reconciler.model.errors import Conflict, EnvironmentFault, TransportFault
from reconciler.model.journal import Entry, format_timestamp
from reconciler.model.mail.message import Attempt, Claimed, Message, MessageState, RecipientVerdict, Verdict
from reconciler.model.mail.route import Route
from reconciler.operations.approvals.move_due_requests import move_due_requests, note_acceptance
from reconciler.operations.context.applied_state import AppliedState, read_applied
from reconciler.operations.context.workspace import Workspace
from reconciler.operations.mail.lanes import Lane, Server, fill_queue
from reconciler.operations.mail.mail_reach import explain_unwanted, hold_back, leave_unknown, redirect_message

BATCH = 200
"""Messages claimed at once."""

LEASE = timedelta(seconds=60)
"""How long a claim lasts without being renewed; the loop renews it three times as often."""

VANISHED = "an earlier attempt ended without a recorded outcome: it may have arrived"
"""What is recorded of a message whose sender vanished."""

Notice = Callable[[str], None]


def deliver_due(
    workspace: Workspace, *, only: str | None = None, stop: Callable[[], bool] = lambda: False, notice: Notice
) -> RunCounts:
    """One batch of due messages, or the message ``only``: each tried once. Empty counts when nothing was due.

    ``stop`` is asked between messages; what was claimed and not tried is given back. ``notice`` hears one line for each
    message and each server that cannot be used.
    """
    token = workspace.new_id("lease")
    now = workspace.now()
    claimed = workspace.state.deliveries.claim(now, token=token, until=now + LEASE, limit=BATCH, only=only)
    if not claimed:
        return RunCounts()
    recovered = {item.message.id for item in claimed if item.recovered}
    round_ = _Round(workspace, token, stop, notice, until=now + LEASE, trying=recovered)
    try:
        round_.carry_out(claimed)
    finally:
        workspace.state.deliveries.release(token, workspace.now(), keep=round_.trying)
    return RunCounts(messages=dict(round_.counts))


@dataclass
class _Round:
    """One batch under one lease token. ``until``: when the lease ends if it is not renewed. ``trying``: ids of messages
    that may have reached a server and whose outcome is not written; ``failed``: a lane met what it cannot go on from."""

    workspace: Workspace
    token: str
    stop: Callable[[], bool]
    notice: Notice
    until: datetime
    counts: Counter[str] = field(default_factory=Counter)
    trying: set[str] = field(default_factory=set)
    failed: bool = False
    settings: ProjectSpec = field(default_factory=ProjectSpec)

    def carry_out(self, claimed: Sequence[Claimed]) -> None:
        applied = read_applied(self.workspace)
        world, self.settings = applied.world, applied.settings
        wanted = [self._as_named(item, world) for item in claimed if not self._dropped(item, world)]
        wanted = [replace(item, message=redirect_message(self.settings.mail, item.message)) for item in wanted]
        by_server: dict[str, list[Claimed]] = {}
        for item in wanted:
            by_server.setdefault(item.message.server, []).append(item)
        routes = {name: self._route(name, applied) for name in by_server}
        lanes = [lane for name, items in by_server.items() for lane in self._list_lanes(name, routes[name], items)]
        self._run(lanes)

    def _as_named(self, item: Claimed, world: World) -> Claimed:
        """The message with its server's present name, where that was renamed since the claim."""
        if world.get(SmtpServerSpec, item.message.server):
            return item
        stored = self.workspace.state.outbox.get(item.message.id)
        return replace(item, message=replace(item.message, server=stored.server)) if stored else item

    def _dropped(self, item: Claimed, world: World) -> bool:
        """Settle what must not be sent: no longer wanted, or past its usefulness."""
        now = self.workspace.now()
        if item.recovered:
            self._recover(item, now)
            return True
        if now >= item.message.give_up:
            self._settle(settle_fault(item.message, "", now, timedelta(0)), None, "its time of usefulness has passed")
            return True
        if reason := explain_unwanted(self.workspace, item.message, world):
            dropped = replace(item.message, state=MessageState.CANCELLED)
            again = " again" if item.message.attempts else ""
            self._settle(dropped, None, f"not sent{again}: {reason}")
            return True
        if waiting := hold_back(self.settings.mail, item.message):
            self._settle(waiting, None, "held back: mail.deliver is hold")
            return True
        return False

    def _recover(self, item: Claimed, now: datetime) -> None:
        """Write down, before it is sent again, that an earlier sender left no outcome: it may have arrived already.

        It falls due at once, and is sent with the same bytes by the next batch, of whichever runner.
        """
        verdicts = tuple(
            RecipientVerdict(address, Verdict.AMBIGUOUS, VANISHED) for address in item.message.open_recipients
        )
        message = leave_unknown(self.settings, settle_unknown(item.message, verdicts, now))
        again = "" if message.due > now or message.state.final else "; it is sent again with the same bytes"
        self._settle(message, Attempt(message.id, now, message.server, verdicts, VANISHED), VANISHED + again)

    def _route(self, name: str, applied: AppliedState) -> Route | None:
        server = applied.world.get(SmtpServerSpec, name)
        return route(server, applied.world, "".join(applied.files(server.address).values())) if server else None

    def _list_lanes(self, name: str, to: Route | None, items: Sequence[Claimed]) -> list[Lane]:
        """As many lanes as the server may have connections and there is work for."""
        if to is None:
            for item in items:
                self.refuse(item.message, f"the server {SmtpServerSpec.KIND}/{name} is no longer applied")
            return []
        server = Server(to, self.workspace.transport, fill_queue(items))
        return [Lane(self, server) for _ in range(min(to.connections, len(items)))]

    def _run(self, lanes: Sequence[Lane]) -> None:
        """All lanes at once, each in a thread, while this one keeps the lease alive."""
        if not lanes:
            return
        with ThreadPoolExecutor(max_workers=len(lanes)) as pool:
            pending = {pool.submit(lane.carry) for lane in lanes}
            try:
                while pending:
                    done, pending = wait(pending, timeout=LEASE.total_seconds() / 3, return_when=FIRST_EXCEPTION)
                    for future in done:
                        future.result()
                    self._renew()
            except BaseException:
                # The pool waits for the other lanes: they must not go on sending under a lease nobody renews.
                self.failed = True
                raise

    def _renew(self) -> None:
        until = self.workspace.now() + LEASE
        self.workspace.state.deliveries.renew(self.token, until)
        self.until = until

    @property
    def over(self) -> bool:
        """Whether no further message may be sent: asked to stop, a lane failed, or this process slept past its lease."""
        return self.stop() or self.failed or self.workspace.now() >= self.until

    def halted(self, to: Route) -> bool:
        """Whether the server is suspended: what was claimed for it and not tried is given back, and waits."""
        suspension = self.workspace.state.suspensions.get(Address(SmtpServerSpec.KIND, to.name))
        return suspension is not None and suspension.holds(self.workspace.now())

    def begin(self, item: Claimed) -> None:
        """The message is about to be handed over: from here on it may have arrived."""
        self.trying.add(item.message.id)

    def outcome(self, item: Claimed, to: Route, verdicts: tuple[RecipientVerdict, ...]) -> None:
        """Record what one transaction with the server meant."""
        now = self.workspace.now()
        # Jitter spreads load and guards nothing: a predictable random number is good enough for it.
        message = leave_unknown(self.settings, settle_attempt(item.message, verdicts, now, random.random()))  # noqa: S311
        self._settle(message, Attempt(message.id, now, to.name, verdicts), _told(verdicts))

    def refuse(self, message: Message, reason: str) -> None:
        """The message cannot be sent as it is."""
        now = self.workspace.now()
        attempt = Attempt(message.id, now, message.server, fault=reason)
        self._settle(settle_refusal(message, reason, now), attempt, reason)

    def server_answered(self, to: Route) -> None:
        """The server could be used: what was held back because of it is due at its own time again."""
        if self.workspace.state.servers.failures(to.name):
            self.workspace.state.servers.recovered(to.name, self.workspace.now())

    def server_down(self, to: Route, fault: EnvironmentFault) -> timedelta:
        """The server could not be used: all its mail is held back; for how long."""
        servers = self.workspace.state.servers
        now = self.workspace.now()
        permanent = not isinstance(fault, TransportFault) or fault.permanent
        pause = choose_server_pause(servers.failures(to.name) + 1, random.random(), permanent=permanent)  # noqa: S311
        until = now + pause
        words = _words(fault)
        self.notice(f"{words} Its mail waits until {until:%Y-%m-%d %H:%M:%S} UTC.")
        data = {"fault": words, "until": format_timestamp(until)}
        entry = Entry("server.unreachable", f"{SmtpServerSpec.KIND}/{to.name}", self.workspace.caller.actor, now, data)
        servers.postpone(to.name, until, words, entry)
        return pause

    def wait_for(self, item: Claimed, to: Route, fault: EnvironmentFault, pause: timedelta) -> None:
        """One message of a server that cannot be used: its attempts are not counted, the fault stands on it."""
        now, words = self.workspace.now(), _words(fault)
        waiting = settle_fault(item.message, words, now, pause)
        # What is wrong with the server was said when it was found to be down, once for all its mail.
        self._settle(waiting, Attempt(item.message.id, now, to.name, fault=words), words, said=fault.summary)

    def _settle(self, message: Message, attempt: Attempt | None, words: str, *, said: str = "") -> None:
        """``words`` are recorded; ``said`` is what whoever watches hears in their place, where they heard them before."""
        event = f"delivery.{message.state}"
        if attempt:  # at the time its fates have, which are in order even where the clock was set back
            attempt = replace(attempt, at=max([attempt.at, *(fate.at for fate in message.fates if fate.at)]))
        data: Mapping[str, object] = {
            "key": message.key,
            "task": message.task,
            "server": message.server,
            "recipients": {fate.address: str(fate.verdict or "waiting") for fate in message.fates},
            "words": words,
        }
        entry = Entry(event, message.id, self.workspace.caller.actor, self.workspace.now(), data)
        try:
            self.workspace.state.deliveries.settle(message, self.token, attempt, entry)
            self.trying.discard(message.id)
        except Conflict:
            # The lease ran out and another runner has the message now: its outcome is the one that counts.
            self.notice(
                f"{message.id}: another runner has taken this message over; its outcome will be recorded there."
            )
            return
        self.counts[str(message.state)] += 1
        to = ", ".join(fate.address for fate in message.fates)
        self.notice(f"{message.id} {message.state}: {message.subject} -> {to} ({said or words})")
        note_acceptance(self.workspace, message)


def _told(verdicts: Sequence[RecipientVerdict]) -> str:
    """The server's words, each said once."""
    return "; ".join(dict.fromkeys(v.reply for v in verdicts if v.reply)) or "no reply"


def _words(fault: EnvironmentFault) -> str:
    """What happened, why, and what to do about it, as sentences: who reads it later has only what was recorded."""
    parts = (fault.summary, fault.detail, fault.hint)
    return " ".join(part if part.endswith((".", "?", "!")) else f"{part}." for part in parts if part)


def run_due(workspace: Workspace, *, stop: Callable[[], bool] = lambda: False, notice: Notice) -> RunCounts:
    """Everything that is due now and what that causes; what it did, in numbers.

    Ends when nothing more is due: mail that has to be tried again falls due later and is left for then. ``stop`` is asked
    between pieces of work. Safe to call from any number of processes at once.
    """
    done = RunCounts()
    while not stop():
        moved = move_due_requests(workspace, notice=notice)
        sent = deliver_due(workspace, stop=stop, notice=notice)
        if moved.nothing and sent.nothing:
            break
        done = done + moved + sent
    return done
