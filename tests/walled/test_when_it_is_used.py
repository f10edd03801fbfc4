"""Which commands render behind the wall, and what they do when a mail does not come back from it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconciler.messages.compose.headers import Headers
from reconciler.messages.language.printing import find_zone
from reconciler.messages.mail import Mail, TemplateRef
from reconciler.model.errors import InvalidManifests
from reconciler.model.mail.mailbox import Mailbox
from reconciler.operations.approvals.request_approval import request_approval
from reconciler.operations.authoring.render_task import render_task
from reconciler.operations.configuration.desired import read_desired
from reconciler.operations.mail.send_task import read_as_text
from reconciler.operations.mail.write_mail import MailLost, MailUnwritable
from reconciler.operations.walled import pool
from reconciler.operations.walled import work as zones
from reconciler.operations.walled.items import Letter, WrittenLetter
from reconciler.operations.walled.work import Job
from tests.operations.conftest import SERVER, SMALL, WHOLE, Project
from tests.walled.conftest import ALIVE, Born

TASK = """
apiVersion: reconciler/v1
kind: EmailTask
metadata: {name: news, title: News}
spec: {to: [a@example.com], subject: News, body: {text: all.txt}}
"""

ASKS = """
apiVersion: reconciler/v1
kind: EmailTask
metadata: {name: ask}
spec: {context: approval, subject: Decide, body: {text: ask.txt}}
---
apiVersion: reconciler/v1
kind: ApprovalProcess
metadata: {name: manual}
spec: {startActivity: ask, stages: [{approvers: [rosa@example.com]}]}
---
apiVersion: reconciler/v1
kind: ApprovalType
metadata: {name: run, title: Run it}
spec: {process: manual, subject: "Run {{ request.reason }}"}
"""


def test_a_plan_that_changes_nothing_starts_no_process(project: Project, born: Born) -> None:
    project.apply(WHOLE)
    pool.POOL.close()
    born.clear()
    assert project.plan().empty
    assert not project.apply().committed
    assert born == []
    project.apply(WHOLE.replace("All is well", "All is quite well"))
    assert len(born) == 1


def test_a_deletion_alone_has_what_remains_tried(project: Project, born: Born) -> None:
    project.apply(WHOLE)
    pool.POOL.close()
    born.clear()
    project.write(SMALL)
    assert not project.plan().empty
    assert len(born) == 1


def test_a_validation_always_tries(applied: Project, born: Born) -> None:
    assert read_desired(applied.workspace).diagnostics == ()
    assert len(born) == 1


@pytest.mark.usefixtures("quick")
def test_a_death_in_a_project_names_the_template_and_the_manifest(project: Project) -> None:
    with pytest.raises(InvalidManifests) as invalid:
        project.apply(SMALL.replace("All is well.", "die:killed"))
    [found] = invalid.value.diagnostics
    assert (found.summary, str(found.address)) == ("Template cannot be rendered safely", "EmailTask/news")
    assert found.place.file == "manifests/all.yaml"


# Where mail is written the words are deadly all of a sudden: what was applied was tried, and is so only with what it is sent
# with.


def applied_alive(project: Project, monkeypatch: pytest.MonkeyPatch, manifests: str, **templates: str) -> None:
    with monkeypatch.context() as unhurt:
        unhurt.setattr(pool, "BOOT", ALIVE)
        project.apply(manifests, **templates)
    pool.POOL.close()


@pytest.mark.usefixtures("quick")
def test_a_death_in_a_plan_is_a_note_and_the_next_mail_is_shown(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = [TASK, TASK.replace("news", "olds").replace("News", "Olds").replace("all.txt", "other.txt")]
    applied_alive(project, monkeypatch, "---".join([SERVER, *tasks]), all_txt="One", other_txt="Two")
    project.write("---".join([SERVER, *tasks]), all_txt="{# die:killed in compare #}One", other_txt="Three")
    messages = [message for change in project.plan().changes for message in change.messages]
    assert [each.diff.splitlines()[-1] for each in messages][1:] == ["+Three"]
    assert messages[0].diff.startswith("The mail cannot be compared: The process that rendered it died (")


@pytest.mark.usefixtures("quick")
def test_a_run_whose_mail_dies_has_failed_and_the_journal_says_so(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    applied_alive(project, monkeypatch, SMALL.replace("All is well.", "die:killed"))
    with pytest.raises(MailLost) as raised:
        project.send()
    assert raised.value.exit_code == 1
    assert raised.value.detail.startswith("The process that rendered EmailTask/news died (")
    [*_, last] = project.workspace.state.journal.entries()
    assert (last.entry.event, last.entry.subject) == ("task.failed", "EmailTask/news")
    assert last.entry.data == {"error": f"{raised.value.summary}: {raised.value.detail}"}
    assert project.workspace.state.outbox.find() == []


@pytest.mark.usefixtures("quick")
def test_whoever_takes_a_process_over_cannot_say_who_writes_to_whom(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    applied_alive(project, monkeypatch, SMALL.replace("All is well.", "die:forges"))
    with pytest.raises(MailUnwritable) as raised:
        project.send()
    assert "wrote it to somebody else" in raised.value.detail
    assert project.workspace.state.outbox.find() == []


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(("death", "how"), [("killed", "died"), ("stopped", "took too long")])
def test_a_request_whose_mail_dies_is_asked_in_built_in_words(
    project: Project, monkeypatch: pytest.MonkeyPatch, death: str, how: str
) -> None:
    applied_alive(project, monkeypatch, f"{SERVER}---{ASKS}", ask_txt=f"die:{death}")
    request = request_approval(project.workspace, "run", "asker@example.org", "to see", {})
    [message] = project.workspace.state.outbox.find(request=request.id)
    assert message.task == "builtin:approval-request"
    assert "Run to see" in read_as_text(message)
    [*_, last] = project.workspace.state.journal.entries()
    assert f"The process that rendered EmailTask/ask {how} (" in str(last.entry.data)


@pytest.mark.usefixtures("quick")
def test_a_request_whose_subject_dies_has_the_title_of_its_type(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    applied_alive(project, monkeypatch, f"{SERVER}---{ASKS.replace('Run {{', 'die:killed {{')}", ask_txt="Decide")
    request = request_approval(project.workspace, "run", "asker@example.org", "to see", {})
    assert request.subject == "Run it"
    [*_, last] = project.workspace.state.journal.entries()
    assert "The process that rendered ApprovalType/run spec.subject died (" in str(last.entry.data)


@pytest.mark.usefixtures("quick")
def test_a_mail_that_dies_when_it_is_rendered_for_a_look_is_an_error(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write(SMALL.replace("All is well.", "die:killed in show"))
    with pytest.raises(MailLost) as raised:
        render_task(project.workspace, "news")
    assert raised.value.detail.startswith("The process that rendered EmailTask/news died (")


# Time zones


def letter(zone: str) -> Letter:
    mail = Mail(TemplateRef("s", (), "{{ now }}"), TemplateRef("t", (), "{{ now }}"))
    now = datetime(2026, 7, 1, 12, tzinfo=UTC)
    sender, reader = Mailbox("a@example.com"), Mailbox("b@example.com")
    return Letter(mail, {}, {"now": now, "timezone": zone}, "", Headers(sender, "id", now, (reader,)))


WRITE = Job[Letter, WrittenLetter]("write", WrittenLetter)


@pytest.mark.parametrize(
    "zone", ["Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "UTC", "", "Nowhere/At_All", "../x"]
)
def test_times_print_behind_the_wall_as_they_do_before_it(zone: str) -> None:
    written = WRITE.one(letter(zone))
    assert isinstance(written, WrittenLetter)
    local = datetime(2026, 7, 1, 12, tzinfo=UTC).astimezone(find_zone(zone))
    assert written.subject == f"{local:%Y-%m-%d %H:%M %Z}"


def test_a_zone_is_found_where_python_finds_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = zones.read_zone.__wrapped__("Europe/Berlin")
    assert installed.startswith(b"TZif")
    shipped = tmp_path / "tzdata" / "zoneinfo" / "Europe"
    shipped.mkdir(parents=True)
    (tmp_path / "tzdata" / "__init__.py").touch()
    (shipped / "Berlin").write_bytes(installed)
    monkeypatch.setattr(zones, "TZPATH", ())
    assert zones.read_zone.__wrapped__("Europe/Berlin") == b""
    monkeypatch.syspath_prepend(tmp_path)
    assert zones.read_zone.__wrapped__("Europe/Berlin") == installed
