"""Every rule is proven: a small package that obeys it is clean, and one planted violation is the one finding."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

from tests.architecture import doors, import_rule, kind_files, measures, purity, wording
from tests.architecture.source_tree import Finding, SourceTree

CLEAN = {
    "__init__.py": '"""A package."""\n',
    "model/__init__.py": "",
    "model/address.py": "from dataclasses import dataclass\n",
    "kinds/__init__.py": "",
    "kinds/protocol/kind.py": "from pkg.model import address\n",
    "kinds/protocol/world.py": "",
    "kinds/group/spec.py": "",
    "kinds/group/kind.py": "from pkg.kinds.protocol.kind import Kind\n\n\nclass Group:\n    name = 'Group'\n",
    "kinds/registry.py": "from pkg.kinds.group.kind import Group\n",
    "planning/__init__.py": "",
    "planning/plan.py": "from pkg.kinds.protocol.kind import Kind\nfrom pkg.model.address import Address\n",
    "planning/review.py": "from pkg.kinds.group.spec import GroupSpec\n",
    "state/protocols.py": "",
    "state/sql/__init__.py": "",
    "state/sqlite/backend.py": "from sqlite3 import Connection\n",
    "operations/apply.py": "from pkg.state.protocols import State\n",
    "wiring.py": "from pkg.state.sqlite.backend import open_state\n",
}

Rule = Callable[[SourceTree], list[Finding]]


def known_kinds(tree: SourceTree) -> list[Finding]:
    return kind_files.known_by_name(tree, {"Group"})


def worded(tree: SourceTree) -> list[Finding]:
    return doors.worded(tree, ["apply", "show"])


RULES: list[Rule] = [
    import_rule.layer_faults,
    import_rule.parts_mixed,
    import_rule.cycles,
    import_rule.hidden_imports,
    purity.impurities,
    doors.wrong_doors,
    doors.other_printing,
    doors.other_opening,
    kind_files.unregistered,
    kind_files.acquainted,
    known_kinds,
    worded,
    measures.empty_names,
    measures.long_modules,
    measures.long_functions,
    wording.worded_below,
]


@dataclass(frozen=True)
class Planted:
    rule: Rule
    file: str
    text: str
    finding: str


LONG_FUNCTION = "def long():\n" + "    x = 1\n" * 60
HALF_LONG = "def half():\n" + "    x = 1\n" * 30
DOCUMENTED = 'def documented():\n    """' + "Words.\n" * 60 + '    """\n    return 1\n'

VIOLATIONS = [
    Planted(
        wording.worded_below,
        "operations/x.py",
        'HINT = "Say why with --reason."',
        "pkg.operations.x:1: names “--reason”, which only the command line knows",
    ),
    Planted(
        wording.worded_below,
        "state/x.py",
        'def f(id):\n    """See reconciler show."""\n    return f"See: reconciler approvals show {id}"',
        "pkg.state.x:3: names “reconciler approvals”, which only the command line knows",
    ),
    Planted(
        doors.other_printing,
        "cli/x.py",
        "import click\nclick.echo('x')",
        "pkg.cli.x:2: prints past `cli.settings.echo`",
    ),
    Planted(
        doors.other_opening,
        "sources/x.py",
        "from pathlib import Path\nPath('x').read_text()",
        "pkg.sources.x:2: opens a file past `sources.reading` and `sources.writing`",
    ),
    Planted(doors.other_printing, "runner/x.py", "\nprint('x')", "pkg.runner.x:2: prints past `cli.settings.echo`"),
    Planted(
        import_rule.layer_faults,
        "model/x.py",
        "import pkg.planning.plan",
        "pkg.model.x:1: model may not import pkg.planning.plan",
    ),
    Planted(
        import_rule.layer_faults,
        "model/x.py",
        "from ..planning import plan",
        "pkg.model.x:1: model may not import pkg.planning.plan",
    ),
    Planted(
        import_rule.layer_faults,
        "planning/x.py",
        "from pkg.kinds.registry import REGISTRY",
        "pkg.planning.x:1: planning may not import pkg.kinds.registry",
    ),
    Planted(
        import_rule.layer_faults,
        "planning/x.py",
        "from pkg.kinds.group import kind",
        "pkg.planning.x:1: planning may not import pkg.kinds.group.kind",
    ),
    Planted(
        import_rule.layer_faults,
        "operations/x.py",
        "from pkg.state.sqlite.backend import a",
        "pkg.operations.x:1: operations may not import pkg.state.sqlite.backend",
    ),
    Planted(
        import_rule.layer_faults,
        "operations/x.py",
        "from pkg.testkit.capture import a",
        "pkg.operations.x:1: operations may not import pkg.testkit.capture",
    ),
    Planted(
        import_rule.layer_faults,
        "operations/x.py",
        "from pkg import wiring",
        "pkg.operations.x:1: operations may not import pkg.wiring",
    ),
    Planted(
        import_rule.layer_faults,
        "state/x.py",
        "import pkg.kinds.protocol.kind",
        "pkg.state.x:1: state may not import pkg.kinds.protocol.kind",
    ),
    Planted(
        import_rule.parts_mixed,
        "state/rules/x.py",
        "from pkg.state.sqlite.backend import a",
        "pkg.state.rules.x:1: state.rules is kept apart from pkg.state.sqlite.backend",
    ),
    Planted(
        import_rule.parts_mixed,
        "state/rules/x.py",
        "from pkg.state import sql",
        "pkg.state.rules.x:1: state.rules is kept apart from pkg.state.sql",
    ),
    Planted(
        import_rule.parts_mixed,
        "state/sql/x.py",
        "import pkg.state.rules.names",
        "pkg.state.sql.x:1: state.sql is kept apart from pkg.state.rules.names",
    ),
    Planted(known_kinds, "state/rules/x.py", "KIND = 'Group'", "pkg.state.rules.x:1: knows the kind Group"),
    Planted(worded, "state/x.py", "HINT = 'Run reconciler apply.'", "pkg.state.x:1: names a command or an option"),
    Planted(worded, "state/x.py", "f'Check --state of {x}'", "pkg.state.x:1: names a command or an option"),
    Planted(
        import_rule.layer_faults, "wiring.py", "import pkg.cli.app", "pkg.wiring:1: wiring may not import pkg.cli.app"
    ),
    Planted(
        import_rule.layer_faults,
        "model/x.py",
        "import importlib\nimportlib.import_module('pkg.cli.app')",
        "pkg.model.x:2: model may not import pkg.cli.app",
    ),
    Planted(
        import_rule.layer_faults, "extras/x.py", "", "pkg.extras.x:1: falls in no layer: extras is not in the table"
    ),
    Planted(
        import_rule.cycles,
        "model/address.py",
        "import pkg.model.b",
        "pkg.model.address:1: imports in a circle: pkg.model.address -> pkg.model.b -> pkg.model.address",
    ),
    Planted(
        import_rule.cycles,
        "model/c.py",
        "import pkg.model.c",
        "pkg.model.c:1: imports in a circle: pkg.model.c -> pkg.model.c",
    ),
    Planted(
        import_rule.hidden_imports,
        "model/x.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import json",
        "pkg.model.x:2: imports under TYPE_CHECKING",
    ),
    Planted(
        import_rule.hidden_imports,
        "model/x.py",
        "def f():\n    import json  # noqa: PLC0415",
        "pkg.model.x:2: imports json lazily without a reason beside it",
    ),
    *(
        Planted(purity.impurities, "planning/x.py", text, f"pkg.planning.x:{line}: {message}")
        for text, line, message in [
            ("import os", 1, "imports os"),
            ("from os import environ", 1, "imports os"),
            ("import os.path", 1, "imports os.path"),
            ("from io import open as o", 1, "imports io"),
            ("from pathlib import Path", 1, "imports pathlib"),
            ("import socket", 1, "imports socket"),
            ("import subprocess", 1, "imports subprocess"),
            ("from time import time", 1, "imports time"),
            ("import random", 1, "imports random"),
            ("import secrets", 1, "imports secrets"),
            ("import threading", 1, "imports threading"),
            ("import sqlite3", 1, "imports sqlite3"),
            ("from uuid import uuid4", 1, "imports uuid"),
            ("from urllib import request", 1, "imports urllib.request"),
            ("from email.utils import make_msgid", 1, "takes make_msgid from email.utils"),
            ("x = open('f')", 1, "calls open()"),
            ("print('x')", 1, "calls print()"),
            ("from datetime import datetime\nx = datetime.now()", 2, "calls datetime.now()"),
            ("import datetime\nx = datetime.datetime.utcnow()", 2, "calls datetime.utcnow()"),
            ("from datetime import date\nx = date.today()", 2, "calls date.today()"),
            ("import sys\nx = sys.stdout", 2, "uses sys.stdout"),
        ]
    ),
    Planted(
        doors.wrong_doors,
        "model/x.py",
        "import jinja2.nodes",
        "pkg.model.x:1: imports jinja2; its door is messages.language.render or messages.language.counting or views.plan.html",
    ),
    Planted(
        doors.wrong_doors, "state/x.py", "import sqlite3", "pkg.state.x:1: imports sqlite3; its door is state.sqlite"
    ),
    Planted(
        doors.wrong_doors,
        "operations/x.py",
        "import asyncio",
        "pkg.operations.x:1: imports asyncio; its door is testkit",
    ),
    Planted(
        doors.wrong_doors,
        "operations/x.py",
        "def f():\n    import attrs",
        "pkg.operations.x:2: imports attrs, which has no door",
    ),
    Planted(
        kind_files.unregistered,
        "kinds/person/kind.py",
        "",
        "pkg.kinds.person:1: is a kind without a line in the registry",
    ),
    Planted(
        kind_files.acquainted,
        "kinds/protocol/world.py",
        "from pkg.kinds.group.kind import Group",
        "pkg.kinds.protocol.world:1: imports more than the spec of the kind group",
    ),
    Planted(
        kind_files.acquainted,
        "kinds/fields/x.py",
        "from pkg.kinds.group.kind import Group",
        "pkg.kinds.fields.x:1: imports more than the spec of the kind group",
    ),
    Planted(
        kind_files.acquainted,
        "operations/x.py",
        "from pkg.kinds.group.kind import Group",
        "pkg.operations.x:1: imports more than the spec of the kind group",
    ),
    Planted(measures.empty_names, "model/utils.py", "", "pkg.model.utils:1: utils says nothing about what is in it"),
    Planted(
        measures.empty_names, "model/common/x.py", "", "pkg.model.common.x:1: common says nothing about what is in it"
    ),
    Planted(measures.long_modules, "model/x.py", "x = 1\n" * 401, "pkg.model.x:1: has 401 code lines; at most 400"),
    Planted(
        measures.long_functions,
        "model/x.py",
        LONG_FUNCTION + "def f(): ...\n" * 10,
        "pkg.model.x:1: 1 of 11 functions are over 50 lines; the longest, long, has 61",
    ),
    Planted(
        measures.long_functions,
        "model/x.py",
        HALF_LONG + "def f(): ...\n" * 3,
        "pkg.model.x:1: 1 of 4 functions are over 20 lines; the longest, half, has 31",
    ),
]

HARMLESS = [
    Planted(worded, "state/x.py", "HINT = 'Upgrade reconciler on this machine -- or not.'", ""),
    Planted(worded, "state/x.py", '"""What reconciler apply does."""', ""),
    Planted(import_rule.cycles, "model/x.py", "import pkg.model.address", ""),
    Planted(import_rule.layer_faults, "operations/demo.py", "import pkg.testkit.capture", ""),
    Planted(
        import_rule.hidden_imports,
        "model/x.py",
        "def f():\n    # Costs 130 ms, and most commands do without.\n    import json",
        "",
    ),
    Planted(purity.impurities, "state/x.py", "import os\nopen('f')", ""),
    Planted(purity.impurities, "planning/x.py", "from io import BytesIO\nfrom pathlib import PurePosixPath", ""),
    Planted(purity.impurities, "planning/x.py", "def f(now):\n    return facts.now", ""),
    Planted(measures.long_functions, "model/x.py", DOCUMENTED, ""),
    Planted(measures.long_modules, "model/x.py", "# words\n" * 500 + '"""' + "words\n" * 500 + '"""', ""),
]


def grow(folder: Path, files: dict[str, str]) -> SourceTree:
    for name, text in files.items():
        path = folder / "pkg" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
    return SourceTree(folder / "pkg")


def name_of(rule: Rule) -> str:
    return getattr(rule, "__name__", "rule")


@pytest.mark.parametrize("rule", RULES, ids=name_of)
def test_a_clean_package_has_no_finding(rule: Rule, tmp_path: Path) -> None:
    assert rule(grow(tmp_path, CLEAN)) == []


@pytest.mark.parametrize("planted", VIOLATIONS, ids=lambda p: f"{name_of(p.rule)}-{p.text[:40]!r}")
def test_a_planted_violation_is_the_one_finding(planted: Planted, tmp_path: Path) -> None:
    others = {"model/b.py": "import pkg.model.address\n"} if planted.rule is import_rule.cycles else {}
    found = planted.rule(grow(tmp_path, {**CLEAN, **others, planted.file: planted.text}))
    assert [str(finding) for finding in found] == [planted.finding]


@pytest.mark.parametrize("planted", HARMLESS, ids=lambda p: f"{name_of(p.rule)}-{p.text[:40]!r}")
def test_what_a_rule_allows_is_no_finding(planted: Planted, tmp_path: Path) -> None:
    assert planted.rule(grow(tmp_path, {**CLEAN, planted.file: planted.text})) == []


def test_every_rule_has_a_planted_violation() -> None:
    assert {name_of(planted.rule) for planted in VIOLATIONS} == {name_of(rule) for rule in RULES}


def test_a_longer_circle_is_named_whole(tmp_path: Path) -> None:
    circle = {
        "model/a.py": "import pkg.model.b",
        "model/b.py": "import pkg.model.c",
        "model/c.py": "import pkg.model.a",
    }
    (finding,) = import_rule.cycles(grow(tmp_path, {**CLEAN, **circle}))
    assert finding.message == "imports in a circle: pkg.model.a -> pkg.model.b -> pkg.model.c -> pkg.model.a"


def test_kinds_may_know_each_others_specs(tmp_path: Path) -> None:
    task = {
        "kinds/task/kind.py": "from pkg.kinds.group.spec import GroupSpec\n",
        "kinds/registry.py": "from pkg.kinds.group.kind import Group\nfrom pkg.kinds.task.kind import Task\n",
    }
    assert kind_files.acquainted(grow(tmp_path, {**CLEAN, **task})) == []


def test_registry_and_folders_are_compared_both_ways() -> None:
    class EmailTask: ...

    EmailTask.__module__ = "pkg.kinds.email_task.kind"
    assert kind_files.unlike_their_files({"EmailTask": EmailTask()}, {"email_task"}) == []
    assert kind_files.unlike_their_files({"EmailTask": EmailTask()}, {"email_task", "group"}) == [
        "group/ is not in the registry"
    ]
    assert kind_files.unlike_their_files({"Group": EmailTask()}, {"email_task"}) == ["Group stands in email_task/"]
