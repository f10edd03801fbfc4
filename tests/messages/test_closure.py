"""Following links from template to template."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reconciler.messages.language.render import read_closure
from reconciler.model.errors import NotFound


def loader(texts: dict[str, str]) -> Callable[[str], str]:
    """Loads from the texts; what is missing is refused as a folder would."""

    def load(name: str) -> str:
        if name not in texts:
            raise NotFound(f"There is no template {name}", "Nothing of that name is in templates.", "Did you mean x?")
        return texts[name]

    return load


def test_every_kind_of_link_is_followed() -> None:
    texts = {
        "a": "{% extends 'b' %}{% block x %}{% include 'c' %}{% endblock %}",
        "b": "{% block x %}{% endblock %}",
        "c": "{% import 'd' as d %}{% from 'e' import f %}",
        "d": "{% include 'b' %}",
        "e": "",
    }
    found = read_closure(["a"], loader(texts))
    assert (dict(found.sources), found.faults) == (texts, ())


def test_a_missing_template_is_a_fault_of_the_one_that_names_it() -> None:
    found = read_closure(["a"], loader({"a": "x\n{% include 'b' %}", "c": ""}))
    (fault,) = found.faults
    assert (fault.template, fault.line, fault.summary, fault.hint) == ("a", 2, "Missing template", "Did you mean x?")
    assert fault.detail == "There is no template b. Nothing of that name is in templates."


def test_a_missing_template_of_the_mail_itself_is_the_callers() -> None:
    with pytest.raises(NotFound):
        read_closure(["nosuch"], loader({}))


def test_templates_that_reach_each_other_are_read_once() -> None:
    texts = {"a": "{% include 'b' %}", "b": "{% include 'a' %}"}
    assert set(read_closure(["a"], loader(texts)).sources) == {"a", "b"}


def test_an_unreadable_template_is_kept_for_the_check() -> None:
    assert dict(read_closure(["a"], loader({"a": "{% if %}"})).sources) == {"a": "{% if %}"}


def test_no_more_than_fifty_templates_are_read() -> None:
    found = read_closure(["t0"], lambda name: f"{{% include 't{int(name[1:]) + 1}' %}}")
    assert len(found.sources) == 50
    assert [fault.summary for fault in found.faults] == ["Too many templates"]
