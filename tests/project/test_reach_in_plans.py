"""A plan says whom mail really reaches: as the project delivers it after the change, and what the change lets go."""

from __future__ import annotations

import re

import pytest

from reconciler.cli.app import run
from reconciler.operations.mail.send_task import Sending, send_task
from tests.project.conftest import NEWS, Project

REDIRECT = "{mail: {deliver: redirect, redirectTo: qa@example.com, allow: ['b@example.org']}, domains: [example.com]}"
HOLD = "{mail: {deliver: hold, allow: ['b@example.org']}, domains: [example.com]}"
REAL = "{mail: {deliver: all}, domains: [example.com]}"
ALL = ("a@example.com", "b@example.org", "c@example.net")


def edited(project: Project) -> None:
    project.write(manifests__news=NEWS.replace("All is well", "All is very well"))


@pytest.mark.parametrize(
    ("says", "recipients", "withheld", "external"),
    [
        (REDIRECT, ("b@example.org", "qa@example.com"), ("a@example.com", "c@example.net"), ("example.org",)),
        (HOLD, ("b@example.org",), ("a@example.com", "c@example.net"), ("example.org",)),
        (REAL, ALL, (), ("example.net", "example.org")),
    ],
)
def test_impact_names_those_who_get_the_mail_and_those_it_is_kept_from(
    project: Project, says: str, recipients: tuple[str, ...], withheld: tuple[str, ...], external: tuple[str, ...]
) -> None:
    project.says(says)
    project.apply()
    edited(project)
    impact = project.plan().impact
    assert (impact.recipients, impact.withheld, impact.external_domains) == (recipients, withheld, external)


@pytest.mark.parametrize("says", [REDIRECT, HOLD])
def test_mail_for_real_reaches_everybody_it_did_not_reach(project: Project, says: str) -> None:
    project.says(says)
    project.apply()
    project.says(REAL)
    impact = project.plan().impact
    assert [str(task) for task in impact.tasks] == ["EmailTask/news"]
    assert (impact.recipients, impact.withheld) == (ALL, ())
    assert impact.new_external_domains == ("example.net",)


def test_a_prefix_of_subjects_reaches_nobody_new(project: Project) -> None:
    project.says(REAL)
    project.apply()
    project.says("{mail: {deliver: all, subjectPrefix: '[x]'}, domains: [example.com]}")
    assert (project.plan().impact.tasks, project.plan().impact.recipients) == ((), ())


def test_held_messages_that_leave_are_counted_with_whom_they_go_to(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.says(HOLD)
    project.apply()
    for _ in range(2):
        send_task(project.open(), Sending("news"), project.heard.append)
    project.says(REAL)
    impact = project.plan().impact
    assert impact.released == (ALL, ALL)
    for form, told in (
        ("text", "held mail let go  2 messages, to a@example.com, b@example.org, c@example.net"),
        ("markdown", "**Held mail is let go: 2 messages, to "),
        ("html", "<dt>Held mail let go</dt><dd>2 messages, to a@example.com"),
    ):
        assert run(["-C", str(project.folder), "plan", "--format", form]) == 4
        assert told in re.sub(r">\s+<", "><", capsys.readouterr().out)


@pytest.mark.parametrize(
    ("says", "text", "comment"),
    [
        (REDIRECT, "redirected, for   a@example.com, c@example.net", "Mail for 2 addresses is redirected."),
        (HOLD, "held back, for    a@example.com, c@example.net", "Mail for 2 addresses is held back."),
    ],
)
def test_views_say_from_whom_mail_is_kept(
    project: Project, capsys: pytest.CaptureFixture[str], says: str, text: str, comment: str
) -> None:
    project.says(says)
    for form, told in (("text", text), ("markdown", comment), ("html", comment[1:-1])):
        assert run(["-C", str(project.folder), "plan", "--format", form]) == 0
        assert told in capsys.readouterr().out


def test_held_messages_that_are_redirected_leave_for_where_they_are_redirected_to(project: Project) -> None:
    project.says(HOLD)
    project.apply()
    send_task(project.open(), Sending("news"), project.heard.append)
    project.says(REDIRECT)
    assert project.plan().impact.released == (("b@example.org", "qa@example.com"),)


def test_nothing_leaves_while_mail_stays_held(project: Project) -> None:
    project.says(HOLD)
    project.apply()
    send_task(project.open(), Sending("news"), project.heard.append)
    edited(project)
    assert project.plan().impact.released == ()
