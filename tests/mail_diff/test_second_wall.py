"""A child that dies of a mail costs that mail its diff, and nothing else."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import pytest

from reconciler.operations import check_templates, preview_mail
from reconciler.planning import mail_diffs
from reconciler.planning.mail_pairs import Pair
from tests.mail_diff.conftest import Project


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def spin() -> None:
    while True:
        pass


def allocate() -> None:
    held = []
    while True:
        held.append(bytearray(16 << 20))


def sleep() -> None:
    time.sleep(30)


@pytest.mark.parametrize(
    ("death", "said"),
    [(kill, "died"), (spin, "took too long"), (allocate, "died"), (sleep, "took too long")],
)
def test_a_death_is_a_note_and_the_next_mail_is_shown(
    project: Project, monkeypatch: pytest.MonkeyPatch, death: Callable[[], None], said: str
) -> None:
    compared = mail_diffs.compared

    def deadly(pair: Pair, *rest: object) -> object:
        if pair.after.address.name == "ask":
            death()
        return compared(pair, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(preview_mail, "compared", deadly)
    monkeypatch.setattr(preview_mail, "WALL_SECONDS", 2)
    monkeypatch.setattr(check_templates, "PROCESSOR_SECONDS", 1)
    monkeypatch.setattr(check_templates, "MEMORY", 64 << 20)
    project.edit("ask.txt.j2", "Regards", "Cheers")
    project.edit("note.txt.j2", "Regards", "Cheers")
    found = dict(project.mails())
    assert found["EmailTask/ask"].diff == f"The mail cannot be compared: the process that rendered it {said}."
    assert "+Cheers" in found["EmailTask/notice"].diff


def test_no_child_is_left_behind(project: Project) -> None:
    project.edit("ask.txt.j2", "Regards", "Cheers")
    assert project.mails()
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
