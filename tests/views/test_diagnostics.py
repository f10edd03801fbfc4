from __future__ import annotations

import pytest

from reconciler.model.configuration.address import Address
from reconciler.model.diagnostic import Place, make_error, make_warning
from reconciler.model.errors import Bug, InvalidManifests, ReconcilerError, StateLocked, UserError
from reconciler.views.diagnostics import DIAGNOSTIC, FAILURE, describe_diagnostics, describe_error
from reconciler.views.writing.layout import Page
from tests.views.conftest import Golden
from tests.views.samples import DIAGNOSTICS, HOSTILE_TEXT, SOURCES

LOCKED = StateLocked(
    "The state is locked",
    "sam on build-7 has been applying for 4 minutes (process 4711).",
    "Wait, or pass --lock-timeout 5m.",
)


@pytest.mark.parametrize("width", [80, 120])
def test_diagnostics_read_well_in_a_pipe(width: int, golden: Golden) -> None:
    golden(f"diagnostics-{width}.txt", describe_diagnostics(DIAGNOSTICS, Page(width=width), sources=SOURCES))


def test_diagnostics_have_colour_on_a_terminal(golden: Golden) -> None:
    golden("diagnostics-terminal.txt", describe_diagnostics(DIAGNOSTICS, Page(colour=True), sources=SOURCES))


def test_each_begins_with_its_place_severity_and_summary() -> None:
    text = describe_diagnostics([make_error("Unknown kind", "x", Place("m/a.yaml", 3, 9), Address("Grop", "desk"))])
    assert text.startswith("m/a.yaml:3:9: error: Unknown kind\n")


@pytest.mark.parametrize(
    ("count", "expected"), [((1, 0), "1 error."), ((2, 1), "2 errors, 1 warning."), ((0, 2), "2 warnings.")]
)
def test_the_number_of_them_comes_last(count: tuple[int, int], expected: str) -> None:
    found = [make_error("E", "x", Place("a"))] * count[0] + [make_warning("W", "x", Place("a"))] * count[1]
    assert describe_diagnostics(found).splitlines()[-1] == expected


def test_no_diagnostics_are_no_text() -> None:
    assert describe_diagnostics([]) == ""


def test_a_line_that_is_not_known_is_left_out() -> None:
    assert "|" not in describe_diagnostics([make_error("E", "x", Place("a.yaml", 9, 1))], sources={"a.yaml": ["one"]})


def test_in_json_they_have_the_documented_keys() -> None:
    first, second = map(DIAGNOSTIC.write, DIAGNOSTICS[:2])
    assert list(first) == ["severity", "summary", "detail", "address", "file", "line", "column", "hint"]
    assert (first["address"], first["line"], first["column"]) == ("EmailTask/weekly", 3, 15)
    assert (second["address"], second["hint"]) == (None, "")


@pytest.mark.parametrize(
    ("name", "failure"),
    [
        ("locked", LOCKED),
        ("manifests", InvalidManifests(DIAGNOSTICS[:3])),
        ("bare", ReconcilerError("Something failed")),
        ("hostile", UserError(HOSTILE_TEXT, HOSTILE_TEXT, HOSTILE_TEXT)),
    ],
)
def test_failures_say_what_why_and_what_next(name: str, failure: ReconcilerError, golden: Golden) -> None:
    golden(f"error-{name}.txt", describe_error(failure, Page(width=80), sources=SOURCES))


def test_a_failure_in_json_has_the_documented_form() -> None:
    assert FAILURE.write(LOCKED) == {
        "formatVersion": "1.0",
        "error": {"code": "locked", "summary": LOCKED.summary, "detail": LOCKED.detail, "hint": LOCKED.hint},
        "diagnostics": [],
    }


def test_invalid_manifests_in_json_bring_their_diagnostics() -> None:
    found = FAILURE.write(InvalidManifests(DIAGNOSTICS))
    assert found["error"]["code"] == "invalid-manifests"
    assert len(found["diagnostics"]) == len(DIAGNOSTICS)


def test_a_bug_is_said_to_be_one() -> None:
    assert (
        describe_error(Bug("No such step; this is a bug in reconciler"))
        == "error: No such step; this is a bug in reconciler"
    )
