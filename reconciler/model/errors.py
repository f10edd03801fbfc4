"""Operational failures: one exception tree, split by whose fault it is.

A manifest's fault is data (`reconciler.model.diagnostic`); these are for what stops an operation. Library exceptions are
translated into one of these at their door. `exit_code` is the contract with pipelines.
"""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.model.diagnostic import Diagnostic, Severity, number_of
from reconciler.model.wording import Act, Do, Sentence


class ReconcilerError(Exception):
    """``summary``: one line. ``detail``: sentences. ``hint``: the next step. None of them ever holds a secret's value.
    ``diagnostics``: faults of manifests it is about.
    """

    exit_code = 1
    code = "error"
    diagnostics: tuple[Diagnostic, ...] = ()

    def __init__(self, summary: str, detail: str = "", hint: str = "") -> None:
        super().__init__(summary)
        self.summary = summary
        self.detail = detail
        self.hint = hint


class UserError(ReconcilerError):
    """Something the caller can put right: wrong input, an action that is not allowed."""

    code = "user"


class NotFound(UserError):
    """A name that stands for nothing."""

    code = "not-found"


class Refused(UserError):
    """An action the rules forbid: a decision by somebody who is not an approver, a second decision."""

    code = "refused"


class InvalidManifests(UserError):
    """The manifests have errors; all of them are in ``diagnostics``, warnings too."""

    code = "invalid-manifests"

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        errors = number_of(diagnostics, Severity.ERROR)
        files = sorted({d.place.file for d in diagnostics if d.severity == "error" and d.place.in_file})
        where = f" in {files[0]}" if len(files) == 1 else f" in {len(files)} files" if files else ""
        super().__init__(f"{errors} error{'s' if errors != 1 else ''}{where}", hint="Nothing was changed.")
        self.diagnostics = tuple(diagnostics)


class EnvironmentFault(ReconcilerError):
    """The machine, the disk or the network: not the caller's input and not our code."""

    code = "environment"


class StateFault(EnvironmentFault):
    """The state cannot be read or written as it is: missing rights, full disk, damaged, or of a newer version."""

    code = "state"


RESTORE = Sentence(
    "Keep a copy of what is there (",
    Do(Act.BACK_UP, "FILE"),
    ") and see what still holds (",
    Do(Act.AUDIT),
    "). Then put a backup in its place; if there is none, move it away and apply again to start from an empty state.",
)
"""What to do about a state that is damaged."""


def report_damage(what: str) -> StateFault:
    """The fault of a state whose content is not what was written; ``what`` is a sentence."""
    return StateFault("The state is damaged", what, RESTORE)


class StateLocked(EnvironmentFault):
    """Somebody else holds the lock."""

    exit_code = 5
    code = "locked"


class StateFrozen(EnvironmentFault):
    """A person has stopped all applies."""

    exit_code = 5
    code = "frozen"


class Conflict(EnvironmentFault):
    """What was read has changed before the commit; doing it again starts from the new state."""

    code = "conflict"


class Stale(ReconcilerError):
    """The plan is not the one expected."""

    exit_code = 6
    code = "stale"


class Blocked(ReconcilerError):
    """A guard blocks, and nobody has allowed what it stopped."""

    exit_code = 4
    code = "blocked"


class TransportFault(EnvironmentFault):
    """A mail server could not be used at all. ``phase``: connect, greeting, tls, auth.

    ``permanent`` is False where trying again later may help.
    """

    code = "transport"

    def __init__(self, summary: str, detail: str = "", hint: str = "", *, phase: str, permanent: bool = False) -> None:
        super().__init__(summary, detail, hint)
        self.phase = phase
        self.permanent = permanent


class SecretMissing(EnvironmentFault):
    """A secret that is named has no value on this machine."""

    code = "secret"


class Bug(ReconcilerError):
    """The impossible happened. Ends with "this is a bug in reconciler"."""

    exit_code = 70
    code = "bug"
