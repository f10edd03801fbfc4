"""The published schema and the JSON plans agree."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from reconciler.views.plan.json import plan_json
from reconciler.views.writing.json_text import to_json
from tests.support.printed import plan_schema
from tests.views.reviewed import REVIEWED
from tests.views.samples import EMPTY, FIRST, HOSTILE, MIXED, long_plan

TESTS = Path(__file__).resolve().parents[1]
SCHEMA = json.loads(to_json(plan_schema()))
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
    VALIDATOR.validate(json.loads(to_json(plan_json(PLANS[name]))))


@pytest.mark.parametrize("path", GOLDENS, ids=lambda path: str(path.relative_to(TESTS)))
def test_every_golden_plan_fits_the_schema(path: Path) -> None:
    VALIDATOR.validate(json.loads(path.read_text(encoding="utf-8")))


def test_goldens_are_found() -> None:
    assert len(GOLDENS) >= 3


@pytest.mark.parametrize("key", list(plan_json(EMPTY)))
def test_the_schema_names_every_key(key: str) -> None:
    data = plan_json(EMPTY)
    del data[key]
    assert key in SCHEMA["properties"]
    assert not VALIDATOR.is_valid(data)
