"""The package is built with every file it reads: what lies beside the modules is named in pyproject.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGE = REPOSITORY / "reconciler"


def test_every_file_beside_the_modules_is_package_data() -> None:
    settings = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    patterns = settings["tool"]["setuptools"]["package-data"]["reconciler"]
    named = {path for pattern in patterns for path in PACKAGE.glob(pattern)}
    beside = {path for path in PACKAGE.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")}
    assert beside == named
    assert all(any(PACKAGE.glob(pattern)) for pattern in patterns)


def test_the_licence_is_an_expression_and_its_text_goes_along() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    assert project["license"] == "Apache-2.0"
    assert project["license-files"] == ["LICENSE"] and (REPOSITORY / "LICENSE").is_file()
    assert not [each for each in project["classifiers"] if each.startswith("License ::")]
