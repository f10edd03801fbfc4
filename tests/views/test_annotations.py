"""Annotations of GitHub's workflows, and SARIF: faults and blocked guards beside the lines they are about."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings

from reconciler.model.configuration.address import Address
from reconciler.model.diagnostic import Place, make_warning
from reconciler.model.errors import InvalidManifests, UserError
from reconciler.views.plan.annotations import write_failure_annotations, write_failure_sarif, write_plan_sarif
from reconciler.views.writing.json_text import to_json
from tests.support.printed import write_plan_annotations
from tests.views.conftest import Golden
from tests.views.outside import HOSTILE_TEXT, outside
from tests.views.reviewed import REVIEWED
from tests.views.samples import DIAGNOSTICS, EMPTY
from tests.views.sarif_rules import SARIF, faults

COMMAND = re.compile(r"::(error|warning|notice) (?:file=[^:,]*,line=\d+,col=\d+,)?title=[^:,]*::.+\Z")


def test_annotations_are_as_documented(golden: Golden) -> None:
    golden("plan-github.txt", write_plan_annotations(REVIEWED, "infra/mail/"))
    golden("failure-github.txt", write_failure_annotations(InvalidManifests(DIAGNOSTICS)))


def test_another_failure_is_one_error() -> None:
    assert (
        write_failure_annotations(UserError("Locked: now", "100% sure,", "wait"))
        == "::error title=Locked%3A now::100%25 sure, wait"
    )


@given(HOSTILE_TEXT)
@settings(max_examples=100)
def test_outside_text_makes_no_command_of_its_own(text: str) -> None:
    fault = make_warning(text, text, Place(text, 1, 1), Address("Group", text), text)
    for page in (
        write_plan_annotations(outside(text), text.replace("\n", "")),
        write_failure_annotations(InvalidManifests([fault])),
    ):
        assert all(COMMAND.match(line) for line in page.split("\n"))
        assert page.count("\n") == len(page.splitlines()) - 1


LOGS = {
    "reviewed": write_plan_sarif(REVIEWED, "0.1.0", "infra/mail/"),
    "empty": write_plan_sarif(EMPTY, "0.1.0"),
    "manifests": write_failure_sarif(InvalidManifests(DIAGNOSTICS), "0.1.0"),
    "failure": write_failure_sarif(UserError("Unknown state URL", "It is no backend.", "Write sqlite:PATH."), "0.1.0"),
    "hostile": write_plan_sarif(outside("a\u202e](x)[\\ \ud800b"), "0.1.0"),
}


def read(log: dict[str, Any]) -> Any:
    """As a reader of the file gets it."""
    return json.loads(to_json(log))


@pytest.mark.parametrize("name", LOGS)
def test_sarif_keeps_the_rules_of_its_standard(name: str) -> None:
    log = read(LOGS[name])
    jsonschema.Draft7Validator(SARIF).validate(log)
    assert faults(log) == []


@pytest.mark.parametrize("name", ["reviewed", "manifests", "failure"])
def test_sarif_is_as_documented(name: str, golden: Golden) -> None:
    golden(f"{name}.sarif", to_json(LOGS[name]))


def test_a_rule_keeps_its_id_whatever_the_names_are() -> None:
    ids = {rule["id"] for rule in LOGS["manifests"]["runs"][0]["tool"]["driver"]["rules"]}
    assert ids == {"diagnostic/unknown-reference", "diagnostic/broken-yaml", "diagnostic/certificate-not-verified"}


@given(HOSTILE_TEXT)
@settings(max_examples=50)
def test_outside_text_keeps_the_rules_too(text: str) -> None:
    log = read(write_plan_sarif(outside(text), "0.1.0"))
    jsonschema.Draft7Validator(SARIF).validate(log)
    assert faults(log) == []
