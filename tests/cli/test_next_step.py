from __future__ import annotations

import string
from pathlib import Path

import pytest

from reconciler.cli.next_step import WORDS, hint_of, in_words
from reconciler.cli.settings import Settings
from reconciler.model.errors import UserError, damaged
from reconciler.model.next_step import Next, NextStep


def test_every_next_step_has_words() -> None:
    assert set(WORDS) == set(Next)


@pytest.mark.parametrize("code", Next)
def test_words_ask_for_what_is_given_alone(code: Next) -> None:
    named = {name for _, name, _, _ in string.Formatter().parse(WORDS[code]) if name} - {"program", "steps"}
    step = NextStep(code, dict.fromkeys(named, "{x}"), (NextStep(Next.THAW),))
    assert "{program}" not in in_words(step, "reconciler")
    assert in_words(step, "reconciler").count("{x}") == sum(WORDS[code].count(f"{{{name}}}") for name in named)


def test_commands_are_named_with_the_options_that_tell_where() -> None:
    settings = Settings()
    settings.directory = Path("../my mail")
    assert "(reconciler -C '../my mail' audit verify)" in hint_of(damaged("It is."), settings)


def test_plain_words_stay_as_they_are() -> None:
    assert hint_of(UserError("x", hint="See {program}."), Settings()) == "See {program}."
