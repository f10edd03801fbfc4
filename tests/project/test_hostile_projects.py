"""What a stranger can write into a project costs little to read, and little to tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from reconciler.model import diagnostic
from reconciler.model.diagnostic import MOST_OF_A_FILE, Diagnostic, Severity, number_of
from reconciler.model.errors import InvalidManifests
from reconciler.operations.authoring.format_files import format_files
from reconciler.operations.configuration.desired import read_desired
from reconciler.sources import manifests
from reconciler.sources import reading as reading_time
from reconciler.sources.reading import Root, TooLong
from reconciler.sources.yaml import documents as yaml_documents
from reconciler.views.diagnostics import describe_diagnostics
from reconciler.wiring import open_workspace
from tests.fuzz.within import within
from tests.project.conftest import HEAD

GROUP = "apiVersion: reconciler/v1\nkind: Group\nmetadata: {{name: {name}}}\nspec:\n"
DESK = GROUP.format(name="desk")
TASK = DESK.replace("Group", "EmailTask") + "  subject: News\n  body: News\n"
PROCESS = DESK.replace("Group", "ApprovalProcess") + "  stages:\n"
ENVIRONMENT = HEAD + "  environments:\n    prod:\n      mail: {deliver: all}\n"


def many(line: str, number: int, start: str = "", end: str = "") -> str:
    return start + "".join(line.replace("@", str(index)) for index in range(number)) + end


def groups(number: int, members: Callable[[int], str]) -> str:
    return "".join(f"---\n{GROUP.format(name=f'g{index}')}  members: [{members(index)}]\n" for index in range(number))


def found_in(folder: Path, files: Mapping[str, str]) -> list[Diagnostic]:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    env = "prod" if "environments:" in files.get("reconciler.yaml", "") else None
    with within():
        try:
            found = list(read_desired(open_workspace(folder, None, {}, env=env)).diagnostics)
        except InvalidManifests as fault:
            found = list(fault.diagnostics)
        told = describe_diagnostics(found)
    assert len(told) < 250_000
    assert max(map(len, told.split())) < 250
    per_file = Counter((each.place.file, each.more > 0) for each in found)
    assert all(number <= (2 if more else MOST_OF_A_FILE) for (_, more), number in per_file.items())
    return found


MANIFESTS = {
    "aliases of nothing beside many anchors": many("- &anchor@ x\n- *anchoq@\n", 4_000, "a:\n"),
    "braces in braces": "a: " + "{{" * 66_666,
    "closed braces in braces": "a: " + "{{" * 16_666 + "}}" * 16_666,
    "braces beside braces": many("- {{x@}}\n", 10_000),
    "lists as keys": many("? [a@]\n: b\n", 10_000),
    "scalar documents": many("---\nx\n", 5_000),
    "documents of two words": many("---\na: b\n", 5_000),
    "one address again and again": many(f"---\n{DESK}  members: [a@example.com]\n".replace("@", "&"), 4_000),
    "one key again and again": many("a:\n", 26_666),
    "unknown fields": many("  f@: 1\n", 13_333, DESK),
    "unknown fields of a list": many("    - {quorun@: 1}\n", 5_000, PROCESS),
    "unknown keys of a document": many("f@: 1\n", 13_333, DESK),
    "numbers as keys": many("@: a\n", 13_333),
    "merge keys": many("<<: a\n", 20_000),
    "tags": many("- !x@ a\n", 13_333),
    "tags declared": many("%TAG !a@! !b\n", 13_333),
    "numbers that are none": many("- 1e99999@\n", 10_000),
    "a key as long as a file": "? " + "k" * 4_000_000 + "\n: 1\n",
    "a key of many words": "? " + "k " * 2_000_000 + "k\n: 1\n",
    "a name as long as a file": DESK.replace("desk", "x" * 4_000_000) + "  members: [a&example.com]\n",
    "a kind as long as a file": DESK.replace("Group", "x" * 4_000_000),
    "a field as long as a file": DESK + "  ? " + "fF" * 2_000_000 + "\n  : 1\n",
    "a parameter as long as a file": TASK + "  parameters:\n    ? " + "a " * 2_000_000 + "a\n    : 1\n",
    "a number as long as a file": "a: " + "9" * 4_000_000,
    "a broken line as long as a file": "a: x: " + "{[" * 2_000_000 + "x: d\n",
    "a colon behind quotes, again and again": "[" + "a:b,a :b," * 13_333 + "]",
    "a colon behind quotes at the end": "[" + "x," * 10_000 + 'x"y":z,' * 60 + "]",
    "anchors that readers take for others": many("- &a:b@ x\n", 10_000),
    "a long text through aliases": "- &a " + "x" * 2_000_000 + "\n" + "- *a\n" * 9_000,
    "addresses that are none": many("    - a@\n", 10_000, DESK + "  members:\n"),
    "an address as long as a file": DESK + "  members: ['" + "a" * 3_000_000 + "&example.com']\n",
    "a domain as long as a file": DESK + "  members: ['a&" + "ü." * 1_000_000 + "com']\n",
    "a name of blanks": DESK + "  members: ['a" + " " * 3_000_000 + "a&example.com']\n",
    "commas": TASK + '  to: "' + "," * 133_333 + '"\n',
    "groups that are not there": many("    - {group: a@}\n", 5_000, DESK + "  members:\n"),
    "values of an enum": many("        - @\n", 10_000, TASK + "  to: a&b.de\n  parameters:\n    a:\n      enum:\n"),
    "approvers of a quorum nobody reaches": many(
       "        - a@&b.de\n", 3_000, PROCESS + "    - quorum: 9000\n      approvers:\n"),
    "approvers who are all needed": many(
       "        - a@&b.de\n", 3_000, PROCESS + "    - quorum: 3000\n      approvers:\n"),
    "a cycle of groups": groups(2_000, lambda index: f"{{group: g{(index + 1) % 2_000}}}"),
    "groups that hold each other": groups(150, lambda _: ",".join(f"{{group: g{each}}}" for each in range(150))),
    "references to what is not there": groups(2_000, lambda index: f"{{group: x{index}}}"),
    "old names claimed again and again": many(
        f"---\n{GROUP.format(name='g@, renamedFrom: old')}  members: [a&b.de]\n", 3_000
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_hostile_manifest_is_refused_soon_and_in_few_words(name: str, tmp_path: Path) -> None:
    found = found_in(
        tmp_path, {"manifests/a.yaml": MANIFESTS[name].replace("&b.de", "@b.de").replace("&example", "@example")}
    )
    assert number_of(found, Severity.ERROR) >= 1
    assert not [each for each in found if each.summary == "Template cannot be rendered safely"], (
        "no sample took too long"
    )


VARIABLES = many("        v@: x\n", 6_666, f"{ENVIRONMENT}      vars:\n")
OVERLAY = f"{ENVIRONMENT}      overlays: [overlay]\n"

PROJECTS: Mapping[str, Mapping[str, str]] = {
    "variables that are not there": {
        "reconciler.yaml": VARIABLES,
        "manifests/a.yaml": many("    - ${vars.w@}\n", 6_666, DESK + "  members:\n"),
    },
    "a long variable, used often": {
        "reconciler.yaml": f"{ENVIRONMENT}      vars:\n        v: {'x' * 3_000_000}\n",
        "manifests/a.yaml": TASK.replace("body: News", f'body: "{"${vars.v}" * 100_000}"'),
    },
    "a list through variables, used often": {
        "reconciler.yaml": many("        - a@b.de\n", 3_333, f"{ENVIRONMENT}      vars:\n       v:\n"),
        "manifests/a.yaml": many("---\nkind: Group\nspec: '${vars.v}'\n", 1_000),
    },
    "overlays that hit nothing": {
        "reconciler.yaml": OVERLAY,
        "manifests/a.yaml": groups(1_000, lambda _: "a@b.de"),
        "overlay/a.yaml": groups(1_000, lambda _: "a@b.de").replace("name: g", "name: h"),
    },
    "overlays that remove what is not there": {
        "reconciler.yaml": OVERLAY,
        "manifests/a.yaml": many("    - {name: a@}\n", 3_333, DESK + "  members:\n"),
        "overlay/a.yaml": many("    - {name: b@, remove: true}\n", 3_333, DESK + "  members:\n"),
    },
    "many overlays over something large": {
        "reconciler.yaml": ENVIRONMENT + f"      overlays: [{', '.join(f'o{index}' for index in range(40))}]\n",
        "manifests/a.yaml": many("    - {name: a@}\n", 3_333, DESK + "  members:\n"),
        **{f"o{index}/a.yaml": DESK.replace("}", f", title: t{index}}}") for index in range(40)},
    },
    "acknowledgements that are none": {
        "manifests/a.yaml": groups(1, lambda _: "a@b.de"),
        "acknowledgements.yaml": many("- x\n", 13_333),
    },
    "fields of an acknowledgement": {
        "manifests/a.yaml": groups(1, lambda _: "a@b.de"),
        "acknowledgements.yaml": many("  f@: 1\n", 13_333, "- guard: deletions\n"),
    },
    "unknown fields of a project": {"reconciler.yaml": many("  e@: {}\n", 13_333, HEAD)},
    "owners": {
        "reconciler.yaml": many("    - {name: o@, path: manifests/x@}\n", 5_000, HEAD + "  owners:\n"),
        "manifests/a.yaml": groups(1_000, lambda _: "a@b.de"),
    },
    "domains": {
        "reconciler.yaml": many("    - d@.example.com\n", 20_000, HEAD + "  domains:\n"),
        "manifests/a.yaml": groups(1, lambda _: "a@b.de"),
    },
    "a path as long as a file": {
        "manifests/a.yaml": TASK.replace("body: News", f"body: {{text: {'x/' * 1_000_000}y}}"),
    },
    "environments that say nothing": {"reconciler.yaml": many("    e@: {}\n", 3_333, HEAD + "  environments:\n")},
}


@pytest.mark.parametrize("name", PROJECTS)
def test_a_hostile_project_is_refused_soon_and_in_few_words(name: str, tmp_path: Path) -> None:
    (tmp_path / "manifests").mkdir()
    found = found_in(tmp_path, PROJECTS[name])
    assert number_of(found, Severity.ERROR) >= 1


def test_of_a_file_a_hundred_faults_are_told_and_the_others_counted(tmp_path: Path) -> None:
    found = found_in(tmp_path, {"manifests/a.yaml": many("a:\n", 1_001), "manifests/b.yaml": "a: b: c\n"})
    assert number_of(found, Severity.ERROR) == 1_000 + 5 + 1
    (more,) = [each for each in found if each.more]
    assert (more.place.file, more.summary, more.more) == ("manifests/a.yaml", "More errors", 905)
    assert more.detail == "And 905 more errors are not listed here."
    assert describe_diagnostics(found).endswith("1006 errors.")


def test_of_all_files_a_thousand_faults_are_told_and_the_others_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert diagnostic.MOST == 1_000
    monkeypatch.setattr(diagnostic, "MOST", 100)
    found = found_in(tmp_path, {f"manifests/{index:03}.yaml": "a: b: c\n" for index in range(120)})
    assert len(found) == 101
    assert (found[-1].place.file, found[-1].more) == ("manifests/100.yaml", 20)


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        (many("---\n", 1_001), "Too many documents"),
        (many("- x\n", 20_000), "Too many values"),
    ],
)
def test_a_file_of_too_much_is_refused_in_plain_words(
    text: str, summary: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(yaml_documents, "MAX_DOCUMENTS", 1_000)
    monkeypatch.setattr(yaml_documents, "MAX_VALUES", 20_000)
    (fault,) = found_in(tmp_path, {"manifests/a.yaml": text})
    assert (fault.summary, fault.hint) == (summary, "Split it into several files.")


@pytest.mark.parametrize(("bound", "told"), [("MAX_DOCUMENTS", "2 documents"), ("MAX_IN_ALL", "2 values")])
def test_files_of_too_much_together_are_refused_in_plain_words(
    bound: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manifests, bound, 2)
    found = found_in(tmp_path, {f"manifests/{index}.yaml": groups(1, lambda _: "a@b.de") for index in range(5)})
    (fault,) = [each for each in found if each.summary == "Too much in one folder"]
    assert f"more than {told}" in fault.detail
    assert "several projects" in fault.hint


def test_reading_ends_when_its_time_is_over_and_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_time, "MAX_SECONDS", 0.0)
    with pytest.raises(TooLong, match="Reading takes too long") as caught:
        found_in(tmp_path, {"manifests/a.yaml": groups(1, lambda _: "a@b.de")})
    assert "in manifests/a.yaml" in caught.value.detail
    assert caught.value.hint


def test_a_long_word_is_cut_and_whole_characters_stay(tmp_path: Path) -> None:
    word = "\U0001f680" * 150
    (fault,) = found_in(tmp_path, {"manifests/a.yaml": f"{DESK}  members: [a@b.de]\n  ? {word}\n  : 1\n"})
    assert fault.detail == 'There is no field "' + "\U0001f680" * 98 + "… here."


LAID_OUT = {
    "comments": many("# c@\n", 13_333),
    "comments behind values": many("a@: b # c\n", 5_000),
    "comments at the end of a list": many("  # c@\n", 13_333, "a:\n  - b\n"),
    "a long line above a long list": 'a: "' + "k" * 133_333 + '"\nb: [' + "a," * 6_666 + "]\n",
    "blanks above a long list": " " * 133_333 + "\na: [" + "b," * 6_666 + "]\n",
    "a long list, deep": "a: " + "[" * 40 + "x," * 13_333 + "]" * 40 + "\n",
    "maps in each other": many("- " + "{a: " * 40 + "x" + "}" * 40 + "\n", 150),
    "lists in each other": many("- " * 40 + "x\n", 150),
    "blocks": many("- |\n  k\n", 6_666),
    "empty lines": many("a@: b\n\n\n\n\n", 5_000),
}


@pytest.mark.parametrize("name", LAID_OUT)
def test_a_hostile_file_is_laid_out_soon(name: str, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(LAID_OUT[name])
    with within():
        format_files(Root(tmp_path), (tmp_path / "a.yaml",), {}, write=False)
