"""How long reading a project may take: the last bound, behind those on files, documents and values."""

from __future__ import annotations

from time import thread_time

from reconciler.model.errors import ReconcilerError

MAX_SECONDS = 60.0
"""Of processor time, so that a busy machine takes nothing away: 10,000 resources take some seconds."""


class TooLong(ReconcilerError):
    """Reading was stopped. No `UserError`: it is no fault of the one thing that was being read."""

    code = "too-long"


class ReadingTime:
    """Begins when it is made. Whoever reads, asks now and then."""

    def __init__(self) -> None:
        self._end = thread_time() + MAX_SECONDS

    def check(self, what: str) -> None:
        """Raise `TooLong` where the time is over; ``what`` is being read."""
        if thread_time() > self._end:
            raise TooLong(
                "Reading takes too long",
                f"After {MAX_SECONDS:g} seconds of processor time reading was stopped, in {what}.",
                "Look at what this file asks for, and split what is large: into files, or into projects.",
            )
