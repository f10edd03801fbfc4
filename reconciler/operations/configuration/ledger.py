"""What the journal says of every row that acts, and what the rows themselves say: two sides to be compared.

A side is facts by subject (``Group/leads``, ``req_…``, ``msg_…``, ``suspension of …``, ``freeze``). A fact that the journal does
not know, because the entry is older than its recording, is not compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from reconciler.kinds.approval_process.spec import ApprovalProcessSpec
from reconciler.kinds.approval_type.spec import ApprovalTypeSpec
from reconciler.kinds.group.spec import GroupSpec
from reconciler.model.approvals.request import Request
from reconciler.model.canonical import digest, hash_bytes
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.resource import Record
from reconciler.model.configuration.suspension import Freeze, Suspension
from reconciler.model.errors import report_damage
from reconciler.model.journal import Entry, format_timestamp
from reconciler.model.mail.mailbox import GroupReference
from reconciler.model.mail.message import Message, MessageState
from reconciler.operations.configuration.guarded import APPLIED

Facts = dict[str, Any]

_SENT = (MessageState.DELIVERED, MessageState.FAILED)
_BY_KIND = {ApprovalTypeSpec.KIND: "type", ApprovalProcessSpec.KIND: "process"}
"""Facts of a request that go by a new name when a resource of the kind is renamed; groups have a list of them."""


class Ledger:
    """The journal's side, entry after entry. ``serials``: what each apply said of itself, by serial."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.facts: dict[str, Facts] = {}
        self.serials: dict[int, Entry] = {}
        for entry in entries:
            self.note(entry)

    def note(self, entry: Entry) -> None:
        """Go on with the next entry. Raises `StateFault` where it does not say what entries of its kind say."""
        try:
            self._note(entry)
        except (LookupError, TypeError, AttributeError, ValueError) as error:
            raise report_damage(
                f"The journal's entry {entry.event} of {format_timestamp(entry.at)} cannot be understood."
            ) from error

    def _note(self, entry: Entry) -> None:
        if entry.event == APPLIED:
            self._note_apply(entry)
        elif entry.event.startswith("approval."):
            self._note_move(entry)
        elif entry.event == "task.sent":
            self._note_message({"id": entry.data["message"], "to": entry.data["recipients"], **entry.data})
        elif entry.event.startswith("delivery."):
            self.facts.setdefault(entry.subject, {})["sent"] = _read_outcome(entry.event.partition(".")[2])
        elif entry.event in ("resource.suspended", "state.frozen"):
            self.facts[_stop(entry)] = {"who": entry.actor, "at": format_timestamp(entry.at)} | _only(
                entry.data, "reason", "until"
            )
        elif entry.event in ("resource.resumed", "state.thawed"):
            self.facts.pop(_stop(entry), None)

    def _note_apply(self, entry: Entry) -> None:
        changes = entry.data.get("changes", [])
        self.serials[entry.data.get("serial", 0)] = entry
        moved = {change["previousAddress"]: change["address"] for change in changes if "previousAddress" in change}
        stops = {new: self.facts.pop(f"suspension of {old}", None) for old, new in moved.items()}
        for gone in [*moved, *(change["address"] for change in changes if change["action"] == "delete")]:
            self.facts.pop(gone, None)
        for new, stop in stops.items():
            self.facts.pop(f"suspension of {new}", None)
            self.facts |= {f"suspension of {new}": stop} if stop else {}
        for change in changes:
            if change["action"] != "delete":
                self.facts[change["address"]] = {"content": change["after"]}
        if moved:
            self._note_renames({Address(*old.split("/", 1)): new.partition("/")[2] for old, new in moved.items()})

    def _note_renames(self, names: Mapping[Address, str]) -> None:
        for facts in self.facts.values():
            for kind, fact in _BY_KIND.items():
                if fact in facts:
                    facts[fact] = names.get(Address(kind, facts[fact]), facts[fact])
            if "groups" in facts:
                facts["groups"] = [names.get(Address(GroupSpec.KIND, group), group) for group in facts["groups"]]

    def _note_move(self, entry: Entry) -> None:
        facts = self.facts.setdefault(entry.subject, {"decisions": []})
        facts |= _only(entry.data, "state", "expires", "requester", "process", "groups", "pinned")
        facts.setdefault("type", entry.data.get("type"))
        if word := entry.data.get("decision"):
            facts["decisions"] = [*facts["decisions"], [word["person"], word["choice"], word["comment"]]]
        for message in entry.data.get("messages", []):
            self._note_message(message)

    def _note_message(self, message: Mapping[str, Any]) -> None:
        # One whose key was there already was not stored again: it is the first that counts.
        facts = {"recipients": sorted(message["to"]), "sent": None} | _only(message, "bytes")
        self.facts.setdefault(message["id"], facts)


def digest_records(records: Iterable[Record]) -> str:
    """One fingerprint of all records, whose they are and in which form."""
    return digest(sorted([str(each.address), each.owner, each.schema_version, each.digest] for each in records))


def digest_as_before(record: Record) -> str:
    """What the digest was before resources could be protected: states of that time were given ``protected: false``."""
    metadata = {key: value for key, value in record.metadata.items() if (key, value) != ("protected", False)}
    return digest({**record.content(), "metadata": metadata})


def request_facts(request: Request) -> Facts:
    """The stored side of a request."""
    words = [[each.person.address, str(each.choice), each.comment] for each in request.decisions]
    moving = {"state": str(request.state), "expires": format_timestamp(request.expires), "decisions": words}
    return {**moving, "requester": request.requester.address, "type": request.type, **pin_request(request)}


def pin_request(request: Request) -> Facts:
    """What is pinned when a request is made: names that follow a rename, and a fingerprint of all else."""
    groups = [each.group for stage in request.stages for each in stage.approvers if isinstance(each, GroupReference)]
    stages = [
        [stage.name, [_person(each) for each in stage.approvers], stage.quorum, stage.expire_after.text]
        for stage in request.stages
    ]
    rules = [request.rules.self_approval, request.rules.require_reason, request.rules.require_comment]
    words = [
        request.subject,
        request.requester.name,
        request.reason,
        request.submitted_by,
        format_timestamp(request.created),
    ]
    return {
        "process": request.process,
        "groups": groups,
        "pinned": digest([words, dict(request.fields), rules, stages]),
    }


def pin_message(message: Message) -> Facts:
    """The stored side of a message."""
    to = sorted(fate.address for fate in message.fates)
    return {"recipients": to, "bytes": hash_bytes(message.data), "sent": _read_outcome(message.state)}


def stop_facts(stop: Suspension | Freeze) -> Facts:
    """The stored side of a suspension or a freeze."""
    until = {"until": format_timestamp(stop.until) if stop.until else None} if isinstance(stop, Suspension) else {}
    return {"who": stop.actor, "at": format_timestamp(stop.at), "reason": stop.reason, **until}


def list_differences(known: Mapping[str, Any], stored: Mapping[str, Any]) -> Iterator[str]:
    """The facts that both sides have, and that are not the same."""
    return (fact for fact in stored if fact in known and known[fact] != stored[fact])


def _person(each: object) -> str:
    return "group" if isinstance(each, GroupReference) else str(each)


def _read_outcome(state: str) -> str | None:
    return str(state) if state in _SENT else None


def _stop(entry: Entry) -> str:
    return f"suspension of {entry.subject}" if entry.event.startswith("resource.") else "freeze"


def _only(data: Mapping[str, Any], *keys: str) -> Facts:
    return {key: data[key] for key in keys if key in data}
