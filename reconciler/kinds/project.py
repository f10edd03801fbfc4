"""Project: what holds for everything in a project; it stands in the file reconciler.yaml, never among the manifests.

    apiVersion: reconciler/v1
    kind: Project
    metadata: {name: mail, title: Mail and approvals}
    spec:
      domains: [example.com]
      timezone: Europe/Berlin
      defaults: {smtpServer: relay}
      environments:
        production: {mail: {deliver: all}}
        staging:
          mail: {deliver: redirect, redirectTo: staging@example.com}
          overlays: [overlays/staging]
          vars: {relay: relay.staging.example.com}

These are planned and applied like every resource; what runs uses what was applied:

domains               [those of every SmtpServer's from]  Who is elsewhere is external. A set.
timezone              [UTC]     In which datetimes print, unless the reader has a zone of their own.
language              [en]      What templates see as language.
defaults.smtpServer   [the only one]  The SmtpServer of mail that names none.
mail.deliver          [all]     all, redirect (every mail goes to redirectTo instead; X-Reconciler-Intended-To says for whom it
                                was) or hold (mail waits until deliver changes). Each environment states it.
mail.redirectTo                 A bare address; required by redirect.
mail.allow            [nobody]  Patterns of addresses that get real mail all the same: qa@example.com, *@qa.example.com. A set.
mail.subjectPrefix    [none]    Stands before every subject, with a space between.
guards.deletions      [10]      More deletions than this in one plan block it.
guards.deletionsPercent [30]    More of an owner's resources than this, in percent, too.
onAmbiguous           [resend]  Mail whose delivery was left unknown: resend the same bytes, or hold.
environment           from --env; nobody writes it. State that was applied in one environment is refused in another.

These say where things are and whose they are, and are not planned:

manifests [manifests], templates [templates], state [sqlite:.reconciler/state.db], owner [default] or owners, environments.

Read docs/projects.md for all of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import BeforeValidator, Field, StrictInt

from reconciler.kinds.faults import INVALID, fault
from reconciler.kinds.fields import (
    FilePath,
    HeaderText,
    Identifier,
    ResourceName,
    Spec,
    Text,
    choice,
    read_list,
    read_text,
)
from reconciler.kinds.kind import Exposure, FileNeed, Finding, Reference, RuleShift, Upgrade
from reconciler.kinds.recipients import BareAddress
from reconciler.kinds.suggestion import did_you_mean
from reconciler.kinds.world import World
from reconciler.messages.mail import MailCase
from reconciler.model.address import Address
from reconciler.model.effect import Effect, ReleaseHeld, RetryAmbiguous
from reconciler.model.mailbox import parse_mailbox
from reconciler.model.resource import Resource

_MANUAL = __doc__ or ""

Deliver = Literal["all", "redirect", "hold"]
OnAmbiguous = Literal["resend", "hold"]

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{1,8})*\Z")
_PATTERN = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+\Z")
_PASSWORD = re.compile(r"//[^/@]*:[^/@]*@")


def read_domain(value: Any) -> str:
    """A mail domain, as lower-case A-label."""
    text = read_text(value)
    try:
        return parse_mailbox(f"x@{text}").domain
    except ValueError:
        raise fault(INVALID, "is no domain", "Write what stands after the @: example.com.") from None


def read_pattern(value: Any) -> str:
    """An address in which ``*`` stands for anything; not one that everybody matches."""
    text = read_text(value).lower()
    if not _PATTERN.match(text):
        raise fault(INVALID, "is no pattern of addresses", "Write qa@example.com, or *@qa.example.com.")
    if not re.search("[a-z0-9]", text.rpartition("@")[2].rpartition(".")[0]):
        raise fault(INVALID, "lets everybody through", "Name a domain: *@qa.example.com; or set deliver: all.")
    return text


def read_timezone(value: Any) -> str:
    """A name of the IANA time zone database."""
    text = read_text(value)
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = did_you_mean(text, available_timezones(), "Write a name such as Europe/Berlin or UTC.")
        raise fault(INVALID, "is no time zone", hint) from None
    return text


def read_language(value: Any) -> str:
    """A language tag (RFC 5646)."""
    text = read_text(value)
    if not _LANGUAGE.match(text):
        raise fault(INVALID, "is no language tag", "Write en, de or pt-BR.")
    return text


def read_state(value: Any) -> str:
    """A state URL without a password."""
    text = read_text(value)
    if _PASSWORD.search(text):
        hint = "Leave the password out; RECONCILER_STATE may hold the whole URL."
        raise fault("Literal secret", "holds a password, and this file is no place for secrets", hint)
    return text


def _set_of(value: Any) -> Any:
    items = read_list(value)
    return tuple(sorted(set(items))) if all(isinstance(item, str) for item in items) else items


Domains = Annotated[tuple[Annotated[str, BeforeValidator(read_domain)], ...], BeforeValidator(_set_of)]
Patterns = Annotated[tuple[Annotated[str, BeforeValidator(read_pattern)], ...], BeforeValidator(_set_of)]
Timezone = Annotated[str, BeforeValidator(read_timezone)]
Language = Annotated[str, BeforeValidator(read_language)]
StateUrl = Annotated[str, BeforeValidator(read_state)]


class Defaults(Spec):
    smtp_server: ResourceName | None = None


class MailSettings(Spec):
    """Whom mail really reaches."""

    deliver: Annotated[Deliver, choice(Deliver)] = "all"
    redirect_to: BareAddress | None = None
    allow: Patterns = ()
    subject_prefix: HeaderText = ""

    def allows(self, address: str) -> bool:
        """Whether the address gets real mail whatever ``deliver`` says."""
        return any(_matches(pattern, address.lower()) for pattern in self.allow)


class GuardSettings(Spec):
    """From when on deletions block a plan."""

    deletions: Annotated[StrictInt, Field(ge=0, le=1_000_000)] = 10
    deletions_percent: Annotated[StrictInt, Field(ge=0, le=100)] = 30


class ProjectSpec(Spec):
    """What changes behaviour: planned, stored, and used by what runs. ``domains`` empty: those of the senders."""

    domains: Domains = ()
    timezone: Timezone = "UTC"
    language: Language = "en"
    defaults: Defaults = Defaults()
    mail: MailSettings = MailSettings()
    guards: GuardSettings = GuardSettings()
    on_ambiguous: Annotated[OnAmbiguous, choice(OnAmbiguous)] = "resend"
    environment: ResourceName | None = None


class OwnerRule(Spec):
    """Whose resources come from files at ``path`` (a folder or a file) with names that begin with ``prefix``."""

    name: ResourceName
    path: FilePath | None = None
    prefix: Text = ""


class ProjectKeys(Spec):
    """What the file may say, at the top and again in each environment."""

    manifests: FilePath = "manifests"
    templates: FilePath = "templates"
    state: StateUrl | None = None
    owner: ResourceName | None = None
    owners: tuple[OwnerRule, ...] = Field(default=(), strict=False)
    domains: Domains = ()
    timezone: Timezone = "UTC"
    language: Language = "en"
    defaults: Defaults = Defaults()
    mail: MailSettings = MailSettings()
    guards: GuardSettings = GuardSettings()
    on_ambiguous: Annotated[OnAmbiguous, choice(OnAmbiguous)] = "resend"


class EnvironmentKeys(ProjectKeys):
    """One environment: what differs there. ``overlays``: folders of partial documents; ``vars``: what ``${vars.X}`` means."""

    overlays: tuple[FilePath, ...] = Field(default=(), strict=False)
    vars: Annotated[Mapping[Identifier, Any], Field(default_factory=dict)]


class ProjectFileSpec(ProjectKeys):
    """The whole file."""

    environments: Annotated[Mapping[ResourceName, EnvironmentKeys], Field(default_factory=dict)]


class Project:
    """The kind `Project`."""

    name = "Project"
    manual = _MANUAL
    schema_version = 1
    upgrades: tuple[Upgrade, ...] = ()
    spec = ProjectSpec
    sets = ("/domains", "/mail/allow")

    def references(self, resource: Resource) -> Iterable[Reference]:
        if resource.spec.defaults.smtp_server:
            target = Address("SmtpServer", resource.spec.defaults.smtp_server)
            yield Reference(("spec", "defaults", "smtpServer"), target)

    def files(self, resource: Resource) -> Iterable[FileNeed]:
        return ()

    def check(self, resource: Resource, world: World) -> Iterable[Finding]:
        mail: MailSettings = resource.spec.mail
        if mail.deliver == "redirect" and mail.redirect_to is None:
            detail = "mail.deliver is redirect, and nothing says where mail goes instead."
            yield Finding(("spec", "mail", "deliver"), "Missing field", detail, "Add redirectTo: staging@example.com.")

    def mails(self, resource: Resource, world: World) -> Iterable[MailCase]:
        return ()

    def effects(self, before: Resource | None, after: Resource | None, world: World) -> Iterable[Effect]:
        """Mail that was held back is due once nothing holds it any more."""
        if before is None:
            return
        old: ProjectSpec = before.spec
        new: ProjectSpec = after.spec if after else ProjectSpec()
        if old.mail.deliver == "hold" and new.mail.deliver != "hold":
            yield ReleaseHeld()
        if old.on_ambiguous == "hold" and new.on_ambiguous != "hold":
            yield RetryAmbiguous()

    def weakenings(self, before: Resource, after: Resource) -> Iterable[RuleShift]:
        """None of its own: safety settings are compared where a project that is gone or new counts too."""
        return ()

    def exposure(self, resource: Resource, world: World) -> Exposure:
        mail: MailSettings = resource.spec.mail
        return Exposure(recipients=(mail.redirect_to,) if mail.deliver == "redirect" and mail.redirect_to else ())


def _matches(pattern: str, address: str) -> bool:
    parts = (re.escape(part) for part in pattern.split("*"))
    return re.fullmatch(".*".join(parts), address) is not None
