"""Random everyday edits of a company's project, planned in every format: nothing crashes, and every edit is shown."""

from __future__ import annotations

import contextlib
import html
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from reconciler.cli.app import run
from reconciler.kinds.reading.decode import read_world, spec_data
from reconciler.kinds.registry import REGISTRY
from reconciler.planning.graph.reference_graph import records
from reconciler.sources.project.documents import read_project_documents
from reconciler.wiring import open_workspace
from tests.fuzz.company import ENVIRONMENT, Company, company, write_certificates
from tests.fuzz.edits import edited, users
from tests.support.draws import drawn

FORMATS = ("text", "json", "markdown", "html", "github", "sarif")
LISTING = ("text", "markdown", "html")
"""Formats that list changes for people; the JSON is looked at as data, annotations and SARIF hold faults and guards alone."""

Contents = Mapping[str, Mapping[str, Any]]
"""By address what a plan compares: owner, metadata and spec, as plain data."""


@dataclass(frozen=True)
class Project:
    """A folder whose company is applied. ``contents``: what was."""

    folder: Path
    before: Company
    contents: Contents


@dataclass(frozen=True)
class Planned:
    """What one `plan` did: its exit code, what it printed, and each report by format."""

    code: int
    printed: str
    reports: Mapping[str, str]

    @property
    def changes(self) -> dict[str, Any]:
        """Each change of the JSON, by address."""
        return {change["address"]: change for change in json.loads(self.reports["json"])["changes"]}


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder, before = tmp_path_factory.mktemp("company") / "project", company()
    write_certificates(folder, before.certificates)
    before.write(folder)
    code, printed = command(folder, "apply", "--auto-approve")
    assert code == 0, printed
    return Project(folder, before, contents(folder))


@drawn(20)
@given(edits=edited(company()))
def test_every_edit_is_planned_in_every_format_and_shown(applied: Project, edits: tuple[Company, list[str]]) -> None:
    after, _ = edits
    after.write(applied.folder)
    check(plan(applied.folder), applied, after)


def test_maps_that_lose_all_they_had_are_shown(applied: Project) -> None:
    """Once each a crash: a task's only template exchanged, an activity removed, one task for all outcomes."""
    after = company()
    named = {f"{each['kind']}/{each['metadata']['name']}": each["spec"] for each in after.documents()}
    named["EmailTask/rota"]["body"] = {"text": "spare.txt.j2"}
    named["EmailTask/maintenance-notice"]["body"] = {"text": "notices/rota.txt.j2"}
    del named["ApprovalProcess/manual-email"]["startActivity"]
    del named["ApprovalProcess/owners"]["completedActivity"]
    named["ApprovalProcess/payments-four-eyes"]["completedActivity"] = "tell-outcome"
    after.write(applied.folder)
    planned = plan(applied.folder)
    assert planned.code == 0
    check(planned, applied, after)
    assert len(planned.changes) == 5


def test_fields_of_a_request_in_another_order_are_shown_with_the_mail_they_change(applied: Project) -> None:
    after = company()
    run_application = next(each for each in after.documents() if each["metadata"]["name"] == "run-application")
    run_application["spec"]["fields"] = dict(reversed(run_application["spec"]["fields"].items()))
    after.write(applied.folder)
    planned = plan(applied.folder)
    before, now = ["fileName", "computer", "policy"], ["policy", "computer", "fileName"]
    expected = [{"path": "/spec/fields", "before": before, "after": now}]
    assert planned.changes["ApprovalType/run-application"]["fields"] == expected
    check(planned, applied, after)
    for name in LISTING:
        assert "fileName, computer, policy" in shown(planned.reports[name]), name


def test_mail_is_compared_where_its_changes_cannot_stand_alone(applied: Project) -> None:
    """A field renamed with the words that read it; the outcome of one task told by another one from now on."""
    after = company()
    named = {f"{each['kind']}/{each['metadata']['name']}": each["spec"] for each in after.documents()}
    named["ApprovalType/server-access"]["fields"] = {"machine": {"required": True}, "ticket": {"type": "url"}}
    named["EmailTask/ask-briefly"]["subject"] = "{{ request.subject }} on {{ fields.machine }}?"
    named["ApprovalProcess/manual-email"]["completedActivity"] = "tell-outcome"
    after.write(applied.folder)
    planned = plan(applied.folder)
    assert planned.code == 4  # a required field less
    check(planned, applied, after)


def check(planned: Planned, applied: Project, after: Company) -> None:
    """The plan went well or says why not, and shows all in which the company after the edits is not the one applied."""
    assert planned.code in (0, 1, 4), planned.printed
    if planned.code == 1:
        _has_diagnostics(planned)
    elif project_of(after).get("state") == project_of(applied.before).get("state"):
        _shows_what_differs(planned, applied, after)


def project_of(made: Company) -> dict[str, Any]:
    """What the project file says for the environment that is planned."""
    spec: dict[str, Any] = made.project["spec"]
    return spec | spec["environments"][ENVIRONMENT]


def _has_diagnostics(planned: Planned) -> None:
    said = json.loads(planned.reports["json"])
    assert said["error"]["summary"]
    assert all(planned.reports[name].strip() for name in FORMATS)
    for fault in said.get("diagnostics", []):
        assert fault["summary"] and fault["detail"]
        assert all(shown(fault["summary"]) in shown(planned.reports[name]) for name in FORMATS), fault


def _shows_what_differs(planned: Planned, applied: Project, after: Company) -> None:
    renames = told_renames(applied.contents, after)
    differing = differences(applied.contents, contents(applied.folder), renames)
    for address, templates in template_changes(applied.before, after, renames).items():
        differing.setdefault(address, set()).update(templates)
    changes = planned.changes
    for change in changes.values():
        for message in change["messages"]:
            assert "cannot be compared" not in message["diff"], message
    assert differing.keys() <= changes.keys(), f"not shown: {differing.keys() - changes.keys()}"
    for address in changes.keys() - differing.keys():  # a task gets other built-in words with what it is used for
        assert all(field["path"].startswith("/templates/builtin:") for field in changes[address]["fields"]), address
    for address, paths in differing.items():
        updated = changes[address]["action"] == "update"
        if updated and "/owner" in paths:  # no field: the reason tells it
            paths.remove("/owner")
            assert changes[address]["reason"].startswith("owner changed: ")
        if updated:
            fields = [field["path"] for field in changes[address]["fields"]]
            missing = [path for path in paths if not any(f"{each}/".startswith(f"{path}/") for each in fields)]
            assert not missing, f"{address}: {missing} differ, and the plan shows {fields}"
        for name in LISTING:
            _names(planned.reports[name], name, address, paths if updated else ())


def _names(report: str, name: str, address: str, paths: Any) -> None:
    """The report has the address, and beside it what of it differs, by the name people read."""
    said = shown(report)
    assert address in said, f"{address} is not in the {name}"
    for path in paths:
        word = path.split("/")[2].replace("~1", "/").replace("~0", "~")
        assert word in said, f"{address}: {path} is not in the {name}"


def plan(folder: Path) -> Planned:
    """One `plan`, reported in every format."""
    out = folder.parent / "reports"
    out.mkdir(exist_ok=True)
    code, printed = command(folder, "plan", *(f"--report={name}={out / name}" for name in FORMATS))
    return Planned(code, printed, {name: (out / name).read_text(encoding="utf-8") for name in FORMATS})


def command(folder: Path, *words: str) -> tuple[int, str]:
    """The exit code and all that was printed. A bug comes with its traceback, which is in a file it names."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        code = run(["-C", str(folder), "--env", ENVIRONMENT, *words])
    log = re.search(r"The details are in (\S+\.log)", printed.getvalue()) if code == 70 else None
    return code, printed.getvalue() + (Path(log[1]).read_text(encoding="utf-8") if log else "")


def contents(folder: Path) -> Contents:
    """What the files of the folder mean, templates aside."""
    workspace = open_workspace(folder, None, {}, env=ENVIRONMENT)
    project = workspace.project
    documents, _ = read_project_documents(workspace.root, project)
    world, _ = read_world(documents, REGISTRY, project=project.resource, owner_of=project.owner_of)
    own = [(each, spec_data(each)) for each in world.resources.values() if each.document is not None]
    return {
        str(address): {"owner": record.owner, "metadata": record.metadata, "spec": record.spec}
        for address, record in records(own, REGISTRY, {}, {}).items()
    }


def told_renames(before: Contents, after: Company) -> dict[str, str]:
    """By new address the one it had, where the manifests say so and only the old one is applied."""
    found = {}
    for each in after.documents():
        kind, metadata = each["kind"], each["metadata"]
        new, old = f"{kind}/{metadata['name']}", f"{kind}/{metadata.get('renamedFrom')}"
        if old in before and new not in before:
            found[new] = old
    return found


def differences(before: Contents, after: Contents, renames: Mapping[str, str]) -> dict[str, set[str]]:
    """By address, the JSON Pointers at which they differ: of maps the keys, of anything else the whole. A rename differs in
    nothing more by itself."""
    found = {}
    for address in {*before, *after} - {*renames.values()}:
        old, new = before.get(renames.get(address, address)), after.get(address)
        if old != new or [*_paths("", old, new)]:
            found[address] = set(_paths("", old, new)) - ({"/metadata/name"} if address in renames else set())
    return found


def _paths(path: str, before: Any, after: Any) -> Iterator[str]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in {*before, *after}:
            yield from _paths(f"{path}/{key.replace('~', '~0').replace('/', '~1')}", before.get(key), after.get(key))
    elif before != after:
        yield path
    if path == "/spec/fields" and before and after and _places(before, after) != _places(after, before):
        yield path


def _places(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """The keys of the one that the other has too, as they come."""
    return [key for key in one if key in other]


def template_changes(before: Company, after: Company, renames: Mapping[str, str]) -> dict[str, set[str]]:
    """By address of a task, the pointers of the templates that it uses now or did, and that are not what they were."""
    found: dict[str, set[str]] = {}
    now = {old: new for new, old in renames.items()}
    old = {name: {now.get(each, each) for each in addresses} for name, addresses in users(before).items()}
    new = users(after)
    for name in {*old, *new}:
        edited_text = before.templates.get(name) != after.templates.get(name)
        for address in old.get(name, set()) | new.get(name, set()):
            if edited_text or (address in old.get(name, ())) != (address in new.get(name, ())):
                found.setdefault(address, set()).add("/templates/" + name.replace("/", "~1"))
    return found


def shown(report: str) -> str:
    """The report's words without what a format puts around and between them."""
    text = html.unescape(re.sub(r"<[^>]*>", "", html.unescape(report)))
    return re.sub(r"\s+", " ", text.replace("\\", "").replace("\u200b", ""))
