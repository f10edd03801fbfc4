"""The source of reconciler obeys every rule of docs/architecture.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reconciler.cli.app import COMMANDS
from reconciler.kinds.registry import REGISTRY
from tests.architecture import doors, import_rule, kind_files, measures, purity, wording
from tests.architecture.source_tree import Finding, SourceTree

FOLDER = Path(__file__).resolve().parents[2] / "reconciler"


@pytest.fixture(scope="module")
def tree() -> SourceTree:
    return SourceTree(FOLDER)


def none(findings: list[Finding]) -> None:
    assert not findings, "\n" + "\n".join(map(str, findings))


def test_layers_import_only_what_the_table_allows(tree: SourceTree) -> None:
    none(import_rule.layer_faults(tree))


def test_parts_of_a_layer_that_are_kept_apart_do_not_mix(tree: SourceTree) -> None:
    none(import_rule.parts_mixed(tree))


def test_no_module_imports_itself_through_others(tree: SourceTree) -> None:
    none(import_rule.cycles(tree))


def test_no_import_is_hidden(tree: SourceTree) -> None:
    none(import_rule.hidden_imports(tree))


def test_nothing_below_the_waterline_reaches_the_world(tree: SourceTree) -> None:
    none(purity.impurities(tree))


def test_libraries_are_imported_at_their_doors(tree: SourceTree) -> None:
    none(doors.wrong_doors(tree))


def test_everything_is_printed_in_one_place(tree: SourceTree) -> None:
    none(doors.other_printing(tree))


def test_files_are_opened_where_links_are_looked_at(tree: SourceTree) -> None:
    none(doors.other_opening(tree))


def test_options_and_commands_are_worded_by_the_command_line(tree: SourceTree) -> None:
    none(wording.worded_below(tree))


def test_every_kind_is_registered(tree: SourceTree) -> None:
    none(kind_files.unregistered(tree))


def test_kinds_know_each_other_by_their_specs_alone(tree: SourceTree) -> None:
    none(kind_files.acquainted(tree))


def test_registry_and_folder_hold_the_same_kinds() -> None:
    folders = {path.parent.name for path in (FOLDER / "kinds").glob("*/kind.py")} - {"protocol"}
    assert kind_files.unlike_their_files(REGISTRY, folders) == []


def test_the_state_knows_no_kind_by_name(tree: SourceTree) -> None:
    none(kind_files.known_by_name(tree, REGISTRY))


def test_faults_of_the_state_name_no_commands(tree: SourceTree) -> None:
    none(doors.worded(tree, COMMANDS))


def test_file_names_say_something(tree: SourceTree) -> None:
    none(measures.empty_names(tree))


def test_modules_are_at_most_400_code_lines(tree: SourceTree) -> None:
    none(measures.long_modules(tree))


def test_functions_are_short(tree: SourceTree) -> None:
    none(measures.long_functions(tree))


def test_the_page_names_modules_that_are_there() -> None:
    page = (FOLDER.parent / "docs" / "architecture.md").read_text()
    named = re.findall(r"`([a-z_.]+)`", page[page.index("## Where to look") :])
    paths = [FOLDER / Path(*name.split(".")) for name in named if name != "tests"]
    assert len(paths) > 40
    assert [str(path) for path in paths if not path.is_dir() and not path.with_suffix(".py").is_file()] == []
