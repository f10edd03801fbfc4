from __future__ import annotations

import copy
from pathlib import Path

import pytest

from reconciler.cli.app import COMMANDS
from reconciler.cli.next_step import _COMMANDS, say, say_error
from reconciler.cli.settings import Settings
from reconciler.model.errors import Blocked, InvalidManifests, TransportFault, UserError, report_damage
from reconciler.model.wording import Act, Do, Given, Sentence, join_texts


def test_every_act_is_a_command_there_is() -> None:
    assert set(_COMMANDS) == set(Act)
    assert {words.split()[0] for words in _COMMANDS.values()} <= set(COMMANDS)


@pytest.mark.parametrize(
    ("sentence", "neutral", "typed"),
    [
        (Sentence(Given("reason"), " is empty"), "reason is empty", "--reason is empty"),
        (Sentence("Pass ", Given("param", "NAME=VALUE")), "Pass param NAME=VALUE", "Pass --param NAME=VALUE"),
        (Sentence("See: ", Do(Act.SHOW, "Group/x")), "See: show Group/x", "See: reconciler show Group/x"),
        (
            Sentence("See: ", Do(Act.LIST_DELIVERIES, given={"status": "failed"})),
            "See: list the deliveries (status failed)",
            "See: reconciler deliveries list --status failed",
        ),
        ("See {program}, --as it is.", "See {program}, --as it is.", "See {program}, --as it is."),
    ],
)
def test_a_sentence_is_neutral_until_the_command_line_says_it(sentence: str, neutral: str, typed: str) -> None:
    assert (str(sentence), say(sentence, Settings())) == (neutral, typed)


def test_sentences_join_and_nest_without_losing_what_they_name() -> None:
    joined = join_texts(" ", ("First.", "", Sentence("Then ", Do(Act.APPLY), ".")))
    assert say(Sentence("(", joined, ")"), Settings()) == "(First. Then reconciler apply.)"
    assert say(copy.deepcopy(joined), Settings()) == "First. Then reconciler apply."


def test_commands_are_named_with_the_options_that_tell_where() -> None:
    settings = Settings()
    settings.directory = Path("../my mail")
    assert "(reconciler -C '../my mail' audit verify)" in say_error(report_damage("It is."), settings).hint


def test_an_error_said_once_can_be_said_otherwise_again() -> None:
    error = UserError(Sentence(Given("as"), " is missing"), "It is.", Sentence("Run ", Do(Act.APPLY)))
    said = say_error(error, Settings())
    assert (said.summary, said.hint, type(said)) == ("--as is missing", "Run reconciler apply", UserError)
    assert error.summary == "as is missing"


def test_errors_of_every_kind_can_be_said() -> None:
    for error in (InvalidManifests([]), TransportFault("x", phase="tls"), Blocked("x", Sentence(Given("allow")))):
        said = say_error(error, Settings())
        assert (type(said), said.exit_code, said.code) == (type(error), error.exit_code, error.code)
