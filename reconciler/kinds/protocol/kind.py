"""What a kind is to everybody else: the protocol, and a kind that does nothing, from which every kind begins."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, Protocol, TypeVar

from reconciler.kinds.fields.spec import ResourceSpec
from reconciler.kinds.protocol.answers import NOTHING_LET_OUT, Exposure, FileNeed, Finding, Reference, RuleShift
from reconciler.kinds.protocol.world import World
from reconciler.messages.mail import MailCase
from reconciler.model.configuration.address import NamedIn
from reconciler.model.configuration.change import Effect
from reconciler.model.configuration.resource import Resource

SpecT = TypeVar("SpecT", bound=ResourceSpec)

Upgrade = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""A pure step from a stored spec of one schema version to the next."""


class Kind(Protocol[SpecT]):
    """One kind of resource, with its spec. Every method is pure; `world` holds only resources that decoded without an error."""

    @property
    def name(self) -> str:
        """As manifests write it: ``SmtpServer``."""

    @property
    def manual(self) -> str:
        """The user's manual of the kind: its module docstring."""

    @property
    def schema_version(self) -> int:
        """Version of the stored spec; grows when an older stored spec needs an upgrade."""

    @property
    def upgrades(self) -> tuple[Upgrade, ...]:
        """One per earlier schema version, oldest first: the n-th lifts a stored spec of version n to version n + 1."""

    @property
    def spec(self) -> type[SpecT]:
        """The spec's model."""

    @property
    def sets(self) -> tuple[str, ...]:
        """JSON Pointers below the spec of lists that are sets (``/members``); ``*`` stands for any index or key."""

    @property
    def ordered(self) -> tuple[str, ...]:
        """JSON Pointers below the spec of maps whose order people see in mail (``/fields``)."""

    @property
    def called(self) -> tuple[str, str]:
        """What one is called in a sentence, and several: ``("server", "servers")``."""

    @property
    def suspension(self) -> str:
        """What a suspension does to such a resource (``its mail waits``); empty where nothing comes from it that could stop."""

    @property
    def named_in(self) -> NamedIn | None:
        """Where requests and messages name a resource of this kind; None where none of them does."""

    def unstoppable(self, resource: Resource[SpecT]) -> Finding | None:
        """Why this one cannot be suspended though others of its kind can; None where it can."""

    def references(self, resource: Resource[SpecT]) -> Iterable[Reference]:
        """Every reference the spec holds."""

    def files(self, resource: Resource[SpecT]) -> Iterable[FileNeed]:
        """Files of the project whose content is stored with the resource."""

    def check(self, resource: Resource[SpecT], world: World) -> Iterable[Finding]:
        """Faults that need more than the schema. References that hit nothing are found elsewhere."""

    def mails(self, resource: Resource[SpecT], world: World) -> Iterable[MailCase]:
        """Every mail the resource gives words to, each with the context it is rendered in and its samples."""

    def effects(self, before: Resource[SpecT] | None, after: Resource[SpecT] | None, world: World) -> Iterable[Effect]:
        """What the change causes besides being recorded. ``world`` is the one after the whole change."""

    def weakenings(self, before: Resource[SpecT], after: Resource[SpecT]) -> Iterable[RuleShift]:
        """Every rule that ``after`` sets weaker than ``before``, or stronger, or otherwise.

        Both are of this kind. They may have two addresses: what followed the one now follows the other.
        """

    def exposure(self, resource: Resource[SpecT], world: World) -> Exposure:
        """What the resource lets out, in the world it stands in."""


AnyKind = Kind[Any]
"""A kind among others, whose specs are not told apart."""


class PlainKind(Generic[SpecT]):
    """A kind that names nothing, sends nothing and lets nothing out. A kind builds on it and says what it does otherwise."""

    spec: type[SpecT]
    manual: str = ""
    schema_version: int = 1
    upgrades: tuple[Upgrade, ...] = ()
    sets: tuple[str, ...] = ()
    ordered: tuple[str, ...] = ()
    called: tuple[str, str] = ("resource", "resources")
    suspension: str = ""
    named_in: NamedIn | None = None

    @property
    def name(self) -> str:
        return self.spec.KIND

    def unstoppable(self, resource: Resource[SpecT]) -> Finding | None:
        return None

    def references(self, resource: Resource[SpecT]) -> Iterable[Reference]:
        return ()

    def files(self, resource: Resource[SpecT]) -> Iterable[FileNeed]:
        return ()

    def check(self, resource: Resource[SpecT], world: World) -> Iterable[Finding]:
        return ()

    def mails(self, resource: Resource[SpecT], world: World) -> Iterable[MailCase]:
        return ()

    def effects(self, before: Resource[SpecT] | None, after: Resource[SpecT] | None, world: World) -> Iterable[Effect]:
        return ()

    def weakenings(self, before: Resource[SpecT], after: Resource[SpecT]) -> Iterable[RuleShift]:
        return ()

    def exposure(self, resource: Resource[SpecT], world: World) -> Exposure:
        return NOTHING_LET_OUT
