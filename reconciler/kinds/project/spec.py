"""What a project says of itself: in its file, in each environment of it, and as it is planned."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, StrictInt, WithJsonSchema

from reconciler.kinds.fields.forms import TEXT
from reconciler.kinds.fields.recipients import BareAddress
from reconciler.kinds.fields.spec import ResourceSpec, Spec, about, choice
from reconciler.kinds.fields.texts import FilePath, HeaderText, Identifier, ResourceName, Text, read_list, read_text
from reconciler.kinds.reading.faults import INVALID, fault
from reconciler.model.mail.mailbox import parse_mailbox
from reconciler.model.suggestion import suggest_name

Deliver = Literal["all", "redirect", "hold"]
DELIVERY: tuple[Deliver, ...] = ("all", "redirect", "hold")
"""From what reaches everybody to what reaches nobody."""

OnAmbiguous = Literal["resend", "hold"]

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{1,8})*\Z")
_PATTERN = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+\Z")
_PASSWORD = re.compile(r"//[^/@]*:[^/@]*@|[?&](ssl)?password=")


def read_domain(value: object) -> str:
    """A mail domain, as lower-case A-label."""
    text = read_text(value)
    try:
        return parse_mailbox(f"x@{text}").domain
    except ValueError:
        raise fault(INVALID, "is no domain", "Write what stands after the @: example.com.") from None


def read_pattern(value: object) -> str:
    """An address in which ``*`` stands for anything; not one that everybody matches."""
    if isinstance(value, str) and set(value) == {"*"}:  # a mask elsewhere, here a pattern that is too wide
        raise fault(INVALID, _EVERYBODY, _NARROWER)
    text = read_text(value).lower()
    if not _PATTERN.match(text):
        raise fault(INVALID, "is no pattern of addresses", "Write qa@example.com, or *@qa.example.com.")
    if not re.search("[a-z0-9]", text.rpartition("@")[2].rpartition(".")[0]):
        raise fault(INVALID, _EVERYBODY, _NARROWER)
    return text


_EVERYBODY = "lets everybody through"
_NARROWER = "Name a domain: *@qa.example.com; or set deliver: all."


def read_timezone(value: object) -> str:
    """A name of the IANA time zone database."""
    text = read_text(value)
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = suggest_name(text, available_timezones(), "Write a name such as Europe/Berlin or UTC.")
        raise fault(INVALID, "is no time zone", hint) from None
    return text


def read_language(value: object) -> str:
    """A language tag (RFC 5646)."""
    text = read_text(value)
    if not _LANGUAGE.match(text):
        raise fault(INVALID, "is no language tag", "Write en, de or pt-BR.")
    return text


def read_state(value: object) -> str:
    """A state URL without a password."""
    text = read_text(value)
    if _PASSWORD.search(text):
        hint = "Leave the password out: PGPASSWORD, or the file PGPASSFILE names, has it where it is used."
        raise fault("Literal secret", "holds a password, and this file is no place for secrets", hint)
    return text


def _set_of(items: tuple[str, ...]) -> tuple[str, ...]:
    """Sorted once all of it has been read, so that a fault is told of the item it is in."""
    return tuple(sorted(set(items)))


def _at_most(number: int, hint: str) -> Callable[[Any], Any]:
    """A validator for a list that everything else is held against."""

    def read(value: object) -> Any:
        if isinstance(value, list) and len(value) > number:
            raise fault("Too many items", f"has {len(value):,} items; at most {number:,}", hint)
        return value

    return read


_FEW = BeforeValidator(_at_most(1_000, "Name those that mail really goes to."))
Domains = Annotated[
    tuple[Annotated[str, BeforeValidator(read_domain)], ...], BeforeValidator(read_list), _FEW, AfterValidator(_set_of)
]
Patterns = Annotated[
    tuple[Annotated[str, BeforeValidator(read_pattern)], ...], BeforeValidator(read_list), _FEW, AfterValidator(_set_of)
]
Timezone = Annotated[str, BeforeValidator(read_timezone), WithJsonSchema({**TEXT, "title": "time zone"})]
Language = Annotated[str, BeforeValidator(read_language), WithJsonSchema({**TEXT, "title": "language tag"})]
StateUrl = Annotated[str, BeforeValidator(read_state), WithJsonSchema({**TEXT, "title": "state URL"})]


class Defaults(Spec):
    """What holds where nothing else is said."""

    smtp_server: Annotated[
        ResourceName | None, about("Name of the SmtpServer of mail that names none.", otherwise="the only one")
    ] = None


class MailSettings(Spec):
    """Whom mail really reaches."""

    deliver: Annotated[
        Deliver,
        choice(Deliver),
        about(
            "all; redirect: every mail goes to redirectTo instead, and the header X-Reconciler-Intended-To says for whom it "
            "was; hold: mail waits until deliver changes. Each environment states it."
        ),
    ] = "all"
    redirect_to: Annotated[BareAddress | None, about("Where mail goes instead; required by redirect.")] = None
    allow: Annotated[
        Patterns,
        about("Patterns of addresses that get real mail all the same: qa@example.com, *@qa.example.com. A set."),
    ] = ()
    subject_prefix: Annotated[
        HeaderText, about("Stands before every subject, with a space between.", otherwise="none")
    ] = ""

    def allows(self, address: str) -> bool:
        """Whether the address gets real mail whatever ``deliver`` says."""
        return any(_matches(pattern, address.lower()) for pattern in self.allow)

    def reader_of(self, address: str) -> str | None:
        """Who really gets mail for the address: that person, whom it is redirected to, or nobody while it is held."""
        if self.deliver == "all" or self.allows(address):
            return address
        return self.redirect_to.address if self.deliver == "redirect" and self.redirect_to else None


class GuardSettings(Spec):
    """From when on deletions block a plan."""

    deletions: Annotated[
        StrictInt, Field(ge=0, le=1_000_000), about("More deletions than this in one plan block it.")
    ] = 10
    deletions_percent: Annotated[
        StrictInt, Field(ge=0, le=100), about("More of an owner's resources than this, in percent, too.")
    ] = 30


class Behaviour(Spec):
    """What changes behaviour: in the file, in each environment of it, and planned. ``domains`` empty: those of the senders."""

    domains: Annotated[
        Domains,
        about("Our own domains: who is elsewhere is external. A set.", otherwise="those of every SmtpServer's from"),
    ] = ()
    timezone: Annotated[
        Timezone, about("In which datetimes print, unless the reader has a zone of their own: Europe/Berlin.")
    ] = "UTC"
    language: Annotated[Language, about("What templates see as language: en, de, pt-BR.")] = "en"
    defaults: Annotated[Defaults, about("What holds where nothing else is said.")] = Defaults()
    mail: Annotated[MailSettings, about("Whom mail really reaches.")] = MailSettings()
    guards: Annotated[GuardSettings, about("From when on deletions block a plan.")] = GuardSettings()
    on_ambiguous: Annotated[
        OnAmbiguous,
        choice(OnAmbiguous),
        about("Mail whose delivery was left unknown: resend the same bytes, or hold."),
    ] = "resend"


class ProjectSpec(Behaviour, ResourceSpec):
    """Planned, stored, and used by what runs."""

    KIND = "Project"

    environment: Annotated[
        ResourceName | None, about("The environment it was applied in. Nobody writes it: it comes from --env.")
    ] = None


class OwnerRule(Spec):
    """Whose resources come from files at ``path`` (a folder or a file) with names that begin with ``prefix``."""

    name: Annotated[ResourceName, about("The owner.")]
    path: Annotated[FilePath | None, about("A folder or a file: what comes from it is theirs.", otherwise="any")] = None
    prefix: Annotated[Text, about("How the names of their resources begin.", otherwise="any")] = ""


class ProjectKeys(Behaviour):
    """What the file may say, at the top and again in each environment."""

    manifests: Annotated[FilePath, about("The folder of the manifests.")] = "manifests"
    templates: Annotated[FilePath, about("The folder of the templates.")] = "templates"
    state: Annotated[
        StateUrl | None,
        about(
            "Where state is kept: a URL, never with a password. --state and RECONCILER_STATE win.",
            otherwise="sqlite:.reconciler/state.db",
        ),
    ] = None
    owner: Annotated[ResourceName | None, about("Whose everything is.", otherwise="default")] = None
    owners: Annotated[
        tuple[OwnerRule, ...],
        BeforeValidator(_at_most(200, "Give each part of the manifests a project of its own.")),
        about("Whose what is, where there are several: the first rule that fits decides, by file and by name."),
    ] = Field(default=(), strict=False)


class EnvironmentKeys(ProjectKeys):
    """One environment: what differs there. ``overlays``: folders of partial documents; ``vars``: what ``${vars.X}`` means."""

    overlays: Annotated[
        tuple[FilePath, ...], about("Folders of partial documents that are laid over the manifests, in this order.")
    ] = Field(default=(), strict=False)
    vars: Annotated[
        Mapping[Identifier, Any],
        Field(default_factory=dict),
        about("By name: what ${vars.NAME} in manifests and overlays stands for."),
    ]


class ProjectFileSpec(ProjectKeys):
    """The whole file."""

    environments: Annotated[
        Mapping[ResourceName, EnvironmentKeys],
        Field(default_factory=dict),
        about("By name: any key of the project, as it is there, and overlays and vars. Each states mail.deliver."),
    ]


def _matches(pattern: str, address: str) -> bool:
    begin, *rest = pattern.split("*")
    if not rest:
        return pattern == address
    *middle, end = rest
    at, last = len(begin), len(address) - len(end)
    for part in middle:
        found = address.find(part, at, last)
        if found < 0:
            return False
        at = found + len(part)
    return at <= last and address.startswith(begin) and address.endswith(end)
