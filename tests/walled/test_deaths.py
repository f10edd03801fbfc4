"""A process that dies of a mail costs that mail an answer, and nothing else."""

from __future__ import annotations

import threading
import time

import pytest

from reconciler.messages.contexts.values import task_shape
from reconciler.messages.language.limits import TemplateFault
from reconciler.messages.mail import Mail, MailCase, TemplateRef
from reconciler.model.configuration.address import Address
from reconciler.model.errors import EnvironmentFault
from reconciler.operations.configuration.desired import try_templates
from reconciler.operations.walled import pool, work
from reconciler.operations.walled.items import Trial
from reconciler.operations.walled.work import Death, Job
from tests.walled import deadly
from tests.walled.conftest import Born
from tests.walled.deadly import DEATHS

CHECK = Job[Trial, tuple[TemplateFault, ...]]("check", tuple[TemplateFault, ...])
HOW = {
    "spins": "used too much processor time",
    "stopped": "took too long",
    "sleeps": "took too long",
}


def trial(name: str) -> Trial:
    """A mail that is well (``quiet``), has a fault (``seen``), or dies as its name says."""
    words = {"seen": "{{ seen }}", "quiet": "words"}.get(name, name if name.startswith("{{") else f"die:{name}")
    subject = TemplateRef(f"{name}.txt", ("spec", "subject"), words)
    case = MailCase(f"EmailTask/{name}", Mail(subject), task_shape({}))
    return Trial(Address("EmailTask", name), case, {})


@pytest.mark.usefixtures("quick")
def test_a_death_is_a_fault_of_its_template_and_the_next_is_tried() -> None:
    found = try_templates([trial(name) for name in ("seen", *DEATHS, "quiet", "seen")])
    assert [each.trial.address.name for each in found] == ["seen", *DEATHS, "seen"]
    for death, each in zip(DEATHS, found[1:-1], strict=True):
        assert each.fault.summary == "Template cannot be rendered safely"
        assert each.fault.template == f"{death}.txt"
        assert f"The process that rendered EmailTask/{death} {HOW.get(death, 'died')} (" in each.fault.detail
        assert each.fault.hint


@pytest.mark.usefixtures("quick")
def test_many_trials_keep_their_order_over_several_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "BATCH", 20)
    names = ["quiet"] * 40 + ["seen", "killed"] + ["quiet"] * 40 + ["fails", "killed", "seen"]
    found = try_templates([trial(name) for name in names])
    assert [each.trial.address.name for each in found] == ["seen", "killed", "fails", "killed", "seen"]


def test_a_mail_is_not_blamed_for_a_process_that_died_before_it(quick: None, born: Born) -> None:
    assert try_templates([trial("quiet")]) == []
    pool.POOL._idle[0].process.kill()
    assert try_templates([trial("quiet"), trial("quiet")]) == []
    assert len(born) == 2


@pytest.mark.usefixtures("quick")
def test_all_mails_together_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    assert CHECK.one(trial("quiet")) == ()
    monkeypatch.setattr(work, "WORK_SECONDS", 0.5)
    began = time.monotonic()
    assert CHECK.all([trial("quiet"), trial("sleeps"), trial("quiet")])[1:] == [Death.LATE, Death.LATE]
    assert time.monotonic() - began < 3
    [*_, late] = try_templates([trial("sleeps"), trial("quiet")])
    assert late.fault.detail == "All mails together may take 0.5 s; EmailTask/quiet was not reached in that time."


@pytest.mark.usefixtures("quick")
def test_nobody_waits_for_the_mail_of_another() -> None:
    assert CHECK.one(trial("quiet")) == ()
    slow = threading.Thread(target=CHECK.one, args=(trial("sleeps"),))
    slow.start()
    began = time.monotonic()
    assert CHECK.one(trial("quiet")) == ()
    assert slow.is_alive() or time.monotonic() - began < 3
    slow.join()


def test_processes_are_used_again_and_no_more_wait_than_can_work(born: Born) -> None:
    for _ in range(3):
        assert CHECK.all([trial("quiet")]) == [()]
    assert len(born) == 1
    threads = [threading.Thread(target=CHECK.one, args=(trial("quiet"),)) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(born.alive) <= pool.count_processors()


def test_a_mail_has_all_of_its_time_whenever_it_begins(born: Born, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "BOOT", deadly.BOOT)
    assert CHECK.all([trial("works")] * 5) == [()] * 5
    assert len(born) == 1


def test_a_process_that_keeps_too_much_makes_room_for_another(born: Born, monkeypatch: pytest.MonkeyPatch) -> None:
    small = "from reconciler.operations.walled import child, confinement; confinement.GROWN = 1 << 20; child.live()"
    monkeypatch.setattr(pool, "BOOT", f"import sys; sys.path[:] = sys.argv[1:]; {small}")
    names = ["{{ now }}" * 999 + str(number) for number in range(6)]
    assert CHECK.all([trial(name) for name in names]) == [()] * 6
    born[0].process.wait(10)
    assert CHECK.all([trial("quiet")]) == [()]
    assert len(born) == 2


def test_nothing_to_try_starts_nothing(born: Born) -> None:
    assert try_templates([]) == []
    assert born == []


@pytest.mark.parametrize(
    ("how", "what", "said"),
    [
        (pool.sys, "executable", "/nonexistent/python cannot be run: No such file or directory"),
        (pool, "BOOT", "it ended before it was ready"),
    ],
)
def test_where_none_can_be_started_the_environment_is_at_fault(
    born: Born, monkeypatch: pytest.MonkeyPatch, how: object, what: str, said: str
) -> None:
    monkeypatch.setattr(how, what, "/nonexistent/python")
    with pytest.raises(EnvironmentFault) as raised:
        try_templates([trial("quiet")])
    assert said in raised.value.detail


def test_one_that_never_gets_ready_is_given_up(born: Born, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "BOOT", "import time; time.sleep(60)")
    monkeypatch.setattr(work, "START_SECONDS", 0.5)
    with pytest.raises(EnvironmentFault) as raised:
        try_templates([trial("quiet")])
    assert "it was not ready after 0.5 s" in raised.value.detail
