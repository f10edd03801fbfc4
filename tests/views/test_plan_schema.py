"""The published schema and the JSON plans agree."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from reconciler.views.plan.json import PLAN
from reconciler.views.writing.json_text import to_json
from tests.views.reviewed import REVIEWED
from tests.views.samples import EMPTY, FIRST, HOSTILE, MIXED, long_plan

TESTS = Path(__file__).resolve().parents[1]
SCHEMA = json.loads(to_json(PLAN.schema("reconciler plan --format json")))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
PLANS = {
    "mixed": MIXED, "empty": EMPTY, "first": FIRST, "hostile": HOSTILE, "long": long_plan(), "reviewed": REVIEWED,
}  # fmt: skip
GOLDENS = [
    path for path in TESTS.glob("*/golden/**/*.json") if "impact" in json.loads(path.read_text(encoding="utf-8"))
]


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", PLANS)
def test_a_plan_fits_the_schema(name: str) -> None:
    VALIDATOR.validate(json.loads(PLAN.text(PLANS[name])))


@pytest.mark.parametrize("path", GOLDENS, ids=lambda path: str(path.relative_to(TESTS)))
def test_every_golden_plan_fits_the_schema(path: Path) -> None:
    VALIDATOR.validate(json.loads(path.read_text(encoding="utf-8")))


def test_goldens_are_found() -> None:
    assert len(GOLDENS) >= 3


@pytest.mark.parametrize("key", list(PLAN.write(EMPTY)))
def test_the_schema_names_every_key(key: str) -> None:
    data = PLAN.write(EMPTY)
    del data[key]
    assert key in SCHEMA["properties"]
    assert not VALIDATOR.is_valid(data)
