"""`acknowledgements.yaml`: every entry read, every fault told with its place."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from reconciler.sources.project.acknowledgements import read_acknowledgements
from reconciler.sources.reading import Root
from tests.guards.planned import allow


def test_no_file_is_no_entry(tmp_path: Path) -> None:
    assert read_acknowledgements(Root(tmp_path)) == ((), [])


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "[]\n"])
def test_an_empty_file_is_no_entry(tmp_path: Path, text: str) -> None:
    (tmp_path / "acknowledgements.yaml").write_text(text)
    assert read_acknowledgements(Root(tmp_path)) == ((), [])


def test_entries(tmp_path: Path) -> None:
    (tmp_path / "acknowledgements.yaml").write_text(
        "- guard: weakening\n  address: Group/desk\n  reason: ' agreed '\n  until: 2027-01-31\n"
        "- {guard: deletions, reason: closed}\n"
    )
    (first, second), faults = read_acknowledgements(Root(tmp_path))
    assert faults == []
    assert (first.allowance, first.reason, first.until) == (
        allow("weakening", "Group/desk"),
        "agreed",
        date(2027, 1, 31),
    )
    assert (second.allowance, second.until, second.place.line) == (allow("deletions"), None, 5)


@pytest.mark.parametrize(
    ("entry", "summary", "said"),
    [
        ("{guard: weakning, address: Group/a, reason: x}", "Unknown guard", 'Did you mean "weakening"?'),
        ("{guard: foo, reason: x}", "Unknown guard", "Guards: deletions"),
        ("{guard: weakening, reason: x}", "Missing field", '"address" is required'),
        ("{guard: weakening, address: Group/a}", "Missing field", '"reason" is required'),
        ("{guard: weakening, address: Group/a, reason: ' '}", "Wrong type", "nothing but blanks"),
        ("{guard: weakening, address: desk, reason: x}", "Invalid value", "Kind/name"),
        ("{guard: deletions, address: Group/a, reason: x}", "Invalid value", "Remove address."),
        ("{guard: deletions, reason: x, until: 2027-02-30}", "Invalid value", "YYYY-MM-DD"),
        ("{guard: deletions, reason: x, until: 20270201}", "Wrong type", "until expects text"),
        ("{guard: deletions, reason: x, untill: 2027-02-01}", "Unknown field", 'Did you mean "until"?'),
        ("deletions", "Wrong type", "An entry is a mapping"),
    ],
)
def test_faults(tmp_path: Path, entry: str, summary: str, said: str) -> None:
    (tmp_path / "acknowledgements.yaml").write_text(f"# by security\n- {entry}\n")
    entries, (fault,) = read_acknowledgements(Root(tmp_path))
    assert entries == ()
    assert (fault.summary, fault.place.file, fault.place.line) == (summary, "acknowledgements.yaml", 2)
    assert said in f"{fault.detail} {fault.hint}"


def test_a_map_is_no_list_and_broken_yaml_is_told(tmp_path: Path) -> None:
    (tmp_path / "acknowledgements.yaml").write_text("guard: deletions\n")
    assert [fault.summary for fault in read_acknowledgements(Root(tmp_path))[1]] == ["Wrong type"]
    (tmp_path / "acknowledgements.yaml").write_text("- {guard: [\n")
    assert read_acknowledgements(Root(tmp_path))[1]


def test_a_link_out_of_the_project_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "theirs.yaml").write_text("- {guard: deletions, reason: x}\n")
    project = tmp_path / "project"
    project.mkdir()
    (project / "acknowledgements.yaml").symlink_to(tmp_path / "theirs.yaml")
    assert [fault.summary for fault in read_acknowledgements(Root(project))[1]] == ["Outside the project"]
