"""The second wall: a child that dies of a template costs that template a diagnostic, and nothing else."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import pytest

from reconciler.messages.mail import Mail, MailCase, TemplateRef
from reconciler.messages.render import TemplateFault
from reconciler.model.address import Address
from reconciler.model.errors import InvalidManifests
from reconciler.operations import check_templates as module
from reconciler.operations.check_templates import Trial, try_templates
from tests.operations.conftest import SMALL, Project

GOOD = TemplateFault("good", 1, "Seen", "This trial was reached.")


def trial(name: str) -> Trial:
    """A mail that stands for what its name says; `faults` below decides what becomes of it."""
    subject = TemplateRef(f"{name}.txt", ("spec", "subject"), "words")
    return Trial(Address("EmailTask", name), MailCase(f"EmailTask/{name}", Mail(subject), None, {}), {})  # type: ignore[arg-type]


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def allocate() -> None:
    held = []
    while True:
        held.append(bytearray(16 << 20))


def spin() -> None:
    while True:
        pass


def sleep() -> None:
    time.sleep(30)


def fail() -> None:
    raise RuntimeError("a bug in the first wall")


DEATHS: dict[str, Callable[[], None]] = {
    "killed": kill, "allocates": allocate, "spins": spin, "sleeps": sleep, "fails": fail,
}  # fmt: skip


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deadly trials instead of templates, which the first wall would stop; limits that do not take long to reach."""

    def faults(tried: Trial) -> list[TemplateFault]:
        if tried.address.name in DEATHS:
            DEATHS[tried.address.name]()
        return [GOOD] if tried.address.name == "seen" else []

    monkeypatch.setattr(module, "faults_of", faults)
    monkeypatch.setattr(module, "PROCESSOR_SECONDS", 1)
    monkeypatch.setattr(module, "WALL_SECONDS", 1)
    monkeypatch.setattr(module, "MEMORY", 64 << 20)


@pytest.mark.parametrize("death", DEATHS)
def test_a_death_is_a_diagnostic_on_its_template_and_the_next_is_tried(death: str) -> None:
    found = try_templates([trial("seen"), trial(death), trial("quiet"), trial("seen")])
    assert [(each.trial.address.name, each.fault.summary) for each in found] == [
        ("seen", "Seen"),
        (death, "Template cannot be rendered safely"),
        ("seen", "Seen"),
    ]
    assert found[1].fault.template == f"{death}.txt"
    assert found[1].fault.hint


def test_every_trial_may_be_deadly() -> None:
    found = try_templates([trial("killed"), trial("fails"), trial("killed")])
    assert [each.trial.address.name for each in found] == ["killed", "fails", "killed"]


def test_many_trials_keep_their_order_over_several_children() -> None:
    names = ["quiet"] * 40 + ["seen", "killed"] + ["quiet"] * 40 + ["fails", "seen"]
    found = try_templates([trial(name) for name in names])
    assert [each.trial.address.name for each in found] == ["seen", "killed", "fails", "seen"]


def test_nothing_to_try_forks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fork", lambda: pytest.fail("forked"))
    assert try_templates([]) == []


def test_no_child_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    born: list[int] = []
    fork = os.fork

    def noted() -> int:
        if child := fork():
            born.append(child)
        return child

    monkeypatch.setattr(os, "fork", noted)
    try_templates([trial("killed"), trial("seen")])
    assert len(born) == 2
    for child in born:
        with pytest.raises(ChildProcessError):
            os.waitpid(child, os.WNOHANG)


def test_a_death_in_a_project_names_the_template_and_the_manifest(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "faults_of", lambda _: kill())
    with pytest.raises(InvalidManifests) as invalid:
        project.apply(SMALL)
    [found] = invalid.value.diagnostics
    assert (found.summary, str(found.address)) == ("Template cannot be rendered safely", "EmailTask/news")
    assert found.place.file == "manifests/all.yaml"
