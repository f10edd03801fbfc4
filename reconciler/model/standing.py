"""Where a request stands: the request with everything around it that a person wants to see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.model.message import Message
from reconciler.model.person import Member, person_key
from reconciler.model.request import Decision, Request


@dataclass(frozen=True, slots=True)
class Standing:
    """A request, the ``approvers`` who may decide now, and every message about it.

    ``given`` of ``needed`` people have approved in the open stage, or in the one that was open last.
    """

    request: Request
    approvers: Sequence[Member]
    messages: Sequence[Message]
    given: int
    needed: int

    def decision(self, member: Member) -> Decision | None:
        """What the person said in the stage, if anything."""
        said = (d for d in self.request.decisions if d.stage == self.request.stage)
        return next((d for d in said if person_key(d.person.address) == member.key), None)

    def mail(self, member: Member) -> Message | None:
        """The newest message that asked the person."""
        stage = self.request.stage
        asked = [m for m in self.messages if m.about and (m.about.person, m.about.stage) == (member.key, stage)]
        return max(asked, key=lambda message: (message.created, message.id), default=None)
