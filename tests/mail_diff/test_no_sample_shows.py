"""What a plan shows of edited templates as source: everything but literal text that a rendered diff has already."""

from __future__ import annotations

import json

import pytest

from reconciler.model.configuration.plan import Plan
from reconciler.model.configuration.selector import parse_selector
from reconciler.model.diagnostic import Severity
from reconciler.model.errors import InvalidManifests
from reconciler.operations.authoring.render_task import render_task
from reconciler.operations.configuration.plan_changes import plan_changes
from reconciler.operations.configuration.preview_mail import Preview
from reconciler.views.plan.annotations import write_plan_sarif
from reconciler.views.plan.json import PLAN
from reconciler.views.plan.sections import UNSEEN
from tests.mail_diff.conftest import NOTE_HTML, NOTE_TEXT, Project, note
from tests.support.manifests import document
from tests.support.printed import write_plan_annotations, write_plan_html, write_plan_markdown, write_plan_text

HIDDEN = '{% if run.id != "run_01J0000000SAMPLE" %}PAY ME{% endif %}'


def shown(plan: Plan) -> dict[str, str]:
    """The source that is shown, by template."""
    assert len({edit.template for edit in plan.edits}) == len(plan.edits)
    return {edit.template: edit.diff for edit in plan.edits}


def formats(plan: Plan) -> dict[str, str]:
    return {
        "text": write_plan_text(plan),
        "markdown": write_plan_markdown(plan),
        "html": write_plan_html(plan),
        "json": PLAN.text(plan),
        "github": write_plan_annotations(plan),
        "sarif": json.dumps(write_plan_sarif(plan, "1.0.0")),
    }


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ("Dear all,", "{# a remark #}Dear all,", ["-Dear all,", "+{# a remark #}Dear all,"]),
        ("Dear all,", f"Dear all,{HIDDEN}", ["-Dear all,", f"+Dear all,{HIDDEN}"]),
        ("\nRegards", "{% if not recipients %}\nPAY ME\n{% endif %}\nRegards", ["+PAY ME"]),
        ("{{ parameters.host }}", "{{ parameters.host | upper }}", ["+The host {{ parameters.host | upper }} rests."]),
        ("Dear all,\n", "Dear all,\n{#\nnothing here\n#}", ["+{#", "+nothing here", "+#}"]),
        ("Dear all,\n", "{% raw %}\nDear all,\n{% endraw %}", ["+{% raw %}", "+{% endraw %}"]),
        ("Dear all,\n\n", "{#\nDear all,\n#}\n\n", ["+{#", "-Dear all,", "+Dear all,"]),
        ("Dear all,\n\n", "Dear all, {{-\n'PAY'\n}}\n\n", ["+'PAY'"]),
        ("rests.\n\nRegards", "rests.\n\n\nRegards{#\n#}", ["+Regards{#"]),
    ],
)  # fmt: skip
def test_an_edit_with_markup_is_shown_as_source(project: Project, old: str, new: str, lines: list[str]) -> None:
    project.edit("note.txt.j2", old, new)
    found = shown(project.plan())["note.txt.j2"].splitlines()
    assert [line for line in lines if line not in found and f" {line[1:]}" not in found] == []


@pytest.mark.parametrize("name", ["text", "markdown", "html", "json", "github", "sarif"])
def test_every_format_shows_the_source_under_its_heading(project: Project, name: str) -> None:
    project.edit("note.txt.j2", "Dear all,", "Dear all,\n{% if recipients == 7 %}\nPAY ME\n{% endif %}")
    said = formats(project.plan())[name].replace("%2C", ",")
    assert "+PAY ME" in said.replace("\\n", "\n")
    assert (UNSEEN if name != "json" else '"templateEdits"') in said
    assert "unchanged, though" not in said
    assert "stay as" not in said


def test_literal_text_that_the_mail_shows_is_not_repeated(project: Project) -> None:
    project.edit("note.txt.j2", "Dear all,", "Dear friends,")
    project.edit("ask.txt.j2", "Decide with care.", "Decide today.")
    project.edit("note.html.j2", "Status</a>", "State</a>")
    assert project.plan().edits == ()


def test_literal_text_that_no_mail_shows_is_source(project: Project) -> None:
    project.edit(
        "note.txt.j2", "Regards", "{% if not recipients and not run.manual and run.by %}\nx\n{% endif %}\nRegards"
    )
    project.apply()
    project.edit("note.txt.j2", "\nx\n", "\nPAY ME\n")
    plan = project.plan()
    assert [message.changed for change in plan.changes for message in change.messages] == [False]
    assert {"-x", "+PAY ME"} <= set(shown(plan)["note.txt.j2"].splitlines())
    assert "reads as before on this sample, though a template was edited" in write_plan_text(plan)


def test_text_that_only_the_awkward_sample_shows_is_source_too(project: Project) -> None:
    """Its diff is cut wherever there is little room."""
    project.edit("note.txt.j2", "Regards", "{% if not recipient %}\nx\n{% endif %}\nRegards")
    project.apply()
    project.edit("note.txt.j2", "\nx\n", "\nPAY ME\n")
    assert "+PAY ME" in shown(project.plan())["note.txt.j2"]


def test_the_same_words_at_a_place_that_is_not_shown_are_source(project: Project) -> None:
    project.edit("note.txt.j2", "Regards", "one\n{% if run.by == 3 %}\ntwo\n{% endif %}\nRegards")
    project.apply()
    project.edit("note.txt.j2", "one", "PAY ME")
    project.edit("note.txt.j2", "two", "PAY ME")
    assert shown(project.plan())["note.txt.j2"].count("+PAY ME") == 2


def test_words_that_one_of_two_mails_shows_are_source(project: Project) -> None:
    project.documents["boss"] = document("EmailTask", "boss", note(), title="Boss")
    project.edit("note.txt.j2", "Regards", "{% if task.name == 'boss' %}\nx\n{% endif %}\nRegards")
    project.apply()
    project.edit("note.txt.j2", "\nx\n", "\nPAY ME\n")
    assert "+PAY ME" in shown(project.plan())["note.txt.j2"]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("<p>The host", "<p class='x'>The host", "+<p class='x'>The host {{ parameters.host }} rests.</p>"),
        ("</body>", "<p hidden>PAY ME</p>\n</body>", "+<p hidden>PAY ME</p>"),
        ("</body>", "<!-- PAY ME -->\n</body>", "+<!-- PAY ME -->"),
        ("status.example.com/", "status.example.net/", '+<p><a href="https://status.example.net/">Status</a></p>'),
    ],
)  # fmt: skip
def test_edited_tags_of_html_are_source(project: Project, old: str, new: str, line: str) -> None:
    project.edit("note.html.j2", old, new)
    found = project.mails()
    in_mail = any(line in mail.diff.splitlines() for _, mail in found)
    assert in_mail or line in shown(project.plan())["note.html.j2"].splitlines()


def test_a_template_of_many_is_told_once(project: Project) -> None:
    project.templates |= {
        "base.j2": "{% block body %}{% endblock %}\n-- \nfooter\n",
        "note.txt.j2": '{% extends "base.j2" %}{% block body %}{{ task.title }}\n{% endblock %}',
        "part.j2": "part\n",
    }
    project.edit("ask.txt.j2", "Regards", '{% include "part.j2" %}\n{% include "base.j2" %}')
    for number in range(5):
        project.documents[f"n{number}"] = document("EmailTask", f"notice-{number}", note(), title=f"Notice {number}")
    project.apply()
    project.edit("base.j2", "footer", "footer {# 1 #}")
    project.edit("part.j2", "part", "{% if recipient %}part{% endif %}")
    [base, part] = project.plan().edits
    assert (base.template, part.template) == ("base.j2", "part.j2")
    assert [str(address) for address in base.addresses] == [
        "EmailTask/ask", "EmailTask/notice", *(f"EmailTask/notice-{number}" for number in range(5)),
    ]  # fmt: skip
    assert [str(address) for address in part.addresses] == ["EmailTask/ask"]


def test_a_new_template_shows_its_markup_once(project: Project) -> None:
    project.templates["new.txt.j2"] = f"Hello\n\n{HIDDEN}\nBye\n"
    for name in ("one", "two"):
        project.documents[name] = document("EmailTask", name, note(body={"text": "new.txt.j2"}), title=name)
    [edit] = project.plan().edits
    assert edit.new
    assert f"+{HIDDEN}" in edit.diff.splitlines()
    assert [str(address) for address in edit.addresses] == ["EmailTask/one", "EmailTask/two"]


def test_a_new_task_edits_nothing_of_what_others_use(project: Project) -> None:
    project.documents["one"] = document("EmailTask", "one", note(), title="One")
    assert project.plan().edits == ()


def test_a_template_that_is_exchanged_shows_both(project: Project) -> None:
    project.templates["other.txt.j2"] = NOTE_TEXT.replace("Regards", HIDDEN)
    project.spec("EmailTask/notice")["body"] = {"text": "other.txt.j2"}
    found = shown(project.plan())
    assert f"+{HIDDEN}" in found["other.txt.j2"].splitlines()
    assert "-{{ task.title }}" in found["note.txt.j2"].splitlines()


def test_a_file_under_another_name_is_no_edit(project: Project) -> None:
    project.templates["renamed.txt.j2"] = NOTE_TEXT
    project.spec("EmailTask/notice")["body"] = {"text": "renamed.txt.j2", "html": "note.html.j2"}
    assert project.plan().edits == ()


def test_built_in_words_are_edited_by_nobody(project: Project) -> None:
    del project.spec("ApprovalProcess/manual")["startActivity"]
    assert project.plan().edits == ()


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_line_ends_alone_are_told(project: Project, ending: str) -> None:
    project.templates["note.txt.j2"] = NOTE_TEXT.replace("\n", ending)
    assert [edit.diff for edit in project.plan().edits if edit.template == "note.txt.j2"] == ["(line ends)"]


def test_a_mail_that_cannot_be_rendered_shows_nothing(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = project.workspace.state.snapshots.blobs
    monkeypatch.setattr(
        type(project.workspace.state.snapshots), "blobs", lambda _, digests: dict.fromkeys(stored(digests), b"{{ no }}")
    )
    project.templates["note.html.j2"] = NOTE_HTML.replace("Status", "State")
    assert "+<p><a href" in shown(project.plan())["note.html.j2"]


@pytest.mark.parametrize("where", ["subject", "body"])
def test_text_in_a_manifest_is_shown_in_full(project: Project, where: str) -> None:
    project.spec("EmailTask/notice")[where] = "before" if where == "subject" else "before\n" + "same\n" * 9
    project.apply()
    project.spec("EmailTask/notice")[where] = f"after {HIDDEN}" + ("\nmore\n" + "same\n" * 9 if where == "body" else "")
    found = formats(project.plan())
    for name in ("text", "markdown", "json"):
        assert HIDDEN in found[name].replace('\\"', '"'), name
    assert "{% if run.id != &quot;run_01J0000000SAMPLE&quot; %}PAY ME{% endif %}" in found["html"].replace(
        "&#34;", "&quot;"
    )


def test_source_is_hostile_and_long(project: Project) -> None:
    lines = "\n".join(f"{{# {number} ```<script>@team \x1b[31m\u202e::error::x #}}" for number in range(3000))
    project.edit("note.txt.j2", "Dear all,", lines)
    plan = project.plan(Preview.SOME)
    found = formats(plan)
    for name in ("text", "markdown", "html", "github", "sarif"):
        assert not any(character in found[name] for character in "\x1b\u202e"), name
    assert "more lines; --verbose shows all" in found["text"]
    assert len(found["markdown"]) <= 60_000
    assert "For length" in found["markdown"] or "more lines" in found["markdown"]
    assert "<script>" not in found["html"]
    assert len(write_plan_text(plan, verbose=True).splitlines()) > 3000


def test_a_comparison_with_a_constant_is_a_warning_of_every_plan_and_stops_none(project: Project) -> None:
    for number in range(3):
        project.documents[f"n{number}"] = document("EmailTask", f"notice-{number}", note(), title=f"Notice {number}")
    project.edit("note.txt.j2", "Regards", f"Regards\n{HIDDEN}")
    project.apply()
    project.spec("n1")["expireAfter"] = "2d"
    plan = project.plan()
    [found] = plan.diagnostics
    assert (found.severity, found.summary) == (Severity.WARNING, "Compared with a constant")
    assert str(found.place) == "templates/note.txt.j2:6:1"
    assert "`run.id` tells an id, and is compared with a constant" in found.detail
    assert "It is used at manifests/all.yaml" in found.detail


def test_a_warning_hides_no_fault_of_the_same_template(project: Project) -> None:
    project.edit("note.txt.j2", "Regards", f"{HIDDEN}{{{{ 1 / (0 * 1) }}}}")
    with pytest.raises(InvalidManifests) as raised:
        project.plan()
    assert {"Compared with a constant", "Template failed"} <= {each.summary for each in raised.value.diagnostics}


def test_samples_are_the_same_in_every_command_and_others_after_every_edit(project: Project) -> None:
    project.edit("note.txt.j2", "Regards", "Run {{ run.id }} at {{ run.startedAt | time }}")
    project.documents["new"] = document("EmailTask", "new", note(subject="{{ run.id }}"), title="New")
    planned = next(mail.subject for _, mail in project.mails() if str(mail.address) == "EmailTask/new")
    selector = parse_selector("EmailTask/new")
    assert selector
    target = plan_changes(project.workspace, targets=(selector,))
    [narrow] = [mail.subject for change in target.changes for mail in change.messages if mail.sample == "typical"]
    rendered = render_task(project.workspace, "new")[0].subject
    assert planned == narrow == rendered
    project.spec("EmailTask/ask")["subject"] = "Decide!"
    assert next(mail.subject for _, mail in project.mails() if str(mail.address) == "EmailTask/new") != planned


def test_both_sides_of_a_diff_invent_the_same(project: Project) -> None:
    project.edit("ask.txt.j2", "Regards", "{{ request.id }} {{ request.createdAt }} {{ request.requester.address }}")
    project.apply()
    project.edit("ask.txt.j2", "Decide with care.", "Decide today.")
    project.spec("SmtpServer/relay")["from"] = "desk@example.org"
    [mail] = [mail for _, mail in project.mails() if mail.slot == "start" and mail.sample == "typical"]
    assert [line for line in mail.diff.splitlines() if line[:1] in ("+", "-")] == [
        "-From: Desk <desk@example.com>", "+From: desk@example.org", "-Decide with care.", "+Decide today.",
    ]  # fmt: skip
    assert "@example.org" in render_task(project.workspace, "ask")[0].text
