"""Where a request stands: the request with everything around it that a person wants to see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.model.message import Message, MessageState
from reconciler.model.person import Member, person_key
from reconciler.model.request import Decision, Request


@dataclass(frozen=True, slots=True)
class Standing:
    """A request, the ``approvers`` who may decide now, and every message about it.

    ``given`` of ``needed`` people have approved in the open stage, or in the one that was open last. ``titles``: what people
    call the fields of the request, and ``groups`` those the approvers come through, by name.
    """

    request: Request
    approvers: Sequence[Member]
    messages: Sequence[Message]
    given: int
    needed: int
    titles: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)

    def decision(self, member: Member) -> Decision | None:
        """What the person said in the stage, if anything."""
        said = (d for d in self.request.decisions if d.stage == self.request.stage)
        return next((d for d in said if person_key(d.person.address) == member.key), None)

    def mail(self, member: Member) -> Message | None:
        """The newest message that asked the person."""
        stage = self.request.stage
        asked = [m for m in self.messages if m.about and (m.about.person, m.about.stage) == (member.key, stage)]
        return max(asked, key=lambda message: (message.created, message.id), default=None)

    def unreached(self) -> list[Member]:
        """Who may decide, has not, and was never asked: the mail failed for good."""
        asked = ((member, self.mail(member)) for member in self.approvers if self.decision(member) is None)
        return [member for member, mail in asked if mail and mail.state is MessageState.FAILED]
