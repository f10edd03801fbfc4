"""What a CI runner would take for a command of ours: broken in text, spelled otherwise where the value can be kept."""

from __future__ import annotations

import html
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import MailDiff
from reconciler.model.errors import UserError
from reconciler.views.plan.annotations import write_failure_annotations, write_plan_sarif
from reconciler.views.plan.html import write_failure_html
from reconciler.views.plan.json import PLAN
from reconciler.views.writing.escape import is_hidden, visible, without_commands
from reconciler.views.writing.json_text import to_json
from tests.support.printed import (
    write_failure_markdown,
    write_plan_annotations,
    write_plan_html,
    write_plan_markdown,
    write_plan_text,
)
from tests.views.outside import outside
from tests.views.samples import plan, update

ANYWHERE = re.compile(r"##(\[|vso\[|teamcity\[)", re.IGNORECASE)
LEADING = re.compile(r"(?:\A|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029])\s*::")
PIECES = ("##[", "##vso[task.setvariable]", "##VSO[", "##teamcity[x]", "::error::x", "::", "\n::stop", "\r  ::", "\n\u00a0::",
          "\x85::", "#", "[", ":", " ", "\n", "é", "`", "|", "-", "<")  # fmt: skip
HOSTILE = st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join).filter(str.strip)


def obeyed(text: str) -> list[str]:
    """What a runner of Azure, TeamCity or GitHub would act on."""
    return [found[0] for pattern in (ANYWHERE, LEADING) for found in pattern.finditer(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a ##[set-output name=x]y", "a ## [set-output name=x]y"),
        ("##vso[a]##teamcity[b]###[c", "## vso[a]## teamcity[b]### [c"),
        ("::error::no", ": :error::no"),
        ("a\n  ::error::no\n a::b", "a\n  : :error::no\n a::b"),
        ("a\r::b\r\n::c\u2028\u3000::d", "a\r: :b\r\n: :c\u2028\u3000: :d"),
        ("# [x] ## heading, std::vector, fe80::1", "# [x] ## heading, std::vector, fe80::1"),
        ("", ""),
    ],
)
def test_commands_are_broken_by_a_space(text: str, expected: str) -> None:
    assert without_commands(text) == expected


@given(HOSTILE)
def test_nothing_obeyed_survives_and_nothing_is_lost(text: str) -> None:
    broken = without_commands(text)
    assert not obeyed(broken)
    assert broken.replace(" ", "") == text.replace(" ", "")
    assert without_commands(broken) == broken


@given(HOSTILE)
@settings(max_examples=60)
def test_no_format_of_a_plan_holds_a_command_from_outside(text: str) -> None:
    plan, failure = outside(text), UserError(text, text, text)
    pages = [
        write_plan_html(plan),
        write_failure_html(failure),
        write_plan_markdown(plan),
        write_failure_markdown(failure),
        PLAN.text(plan),
    ]
    pages += [to_json(write_plan_sarif(plan, "1", "x/")), without_commands(write_plan_text(plan, verbose=True))]
    assert [found for page in pages for found in obeyed(page)] == []
    for page in (write_plan_annotations(plan), write_failure_annotations(failure)):
        assert not ANYWHERE.search(page)
        assert all(re.match("::(error|warning|notice) ", line) for line in page.splitlines())


@given(st.recursive(HOSTILE, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(HOSTILE, inner, max_size=3)))
def test_json_keeps_its_value(data: Any) -> None:
    assert json.loads(to_json(data)) == data
    assert not obeyed(to_json(data))


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.words += [value for name, value in attrs if name == "srcdoc" and value]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.mark.parametrize("text", ["##[x]", "::error::x", "a ##teamcity[x]"])
def test_html_shows_what_it_did(text: str) -> None:
    page = write_plan_html(outside(text))
    address = Address("EmailTask", "m")
    mail = MailDiff(address, "typical", "task", "to", "subject", True, "", "", f"<style>\n{text}</style>")
    framed = write_plan_html(plan(update("EmailTask/m", "changed", messages=(mail,))))
    parser = _Words()
    parser.feed(page + framed)
    assert text in parser.words
    assert [word for word in parser.words if word.endswith(f"<style>\n{text}</style>")]
    assert html.unescape(page).count(text) > 5
    assert not obeyed(page + framed)


@pytest.mark.parametrize(
    "blank",
    ["\u115f", "\u1160", "\u3164", "\uffa0", "\u2800", "\u00ad", "\u034f", "\u17b4", "\u17b5", "\u180e", "\u2065", "\u2061",
     "\ufffc", "\U000e0041", "\U000e0001", "\U000e01f0", "\U0001d159", "\U0001d173", "\U00016fe4", "\u200b", "\u2060", "\ufeff"],
)  # fmt: skip
def test_what_looks_blank_is_shown(blank: str) -> None:
    assert is_hidden(blank)
    for text in (blank, f"a{blank}b", f"ש{blank}"):
        assert blank not in visible(text) and f"{ord(blank):04x}" in visible(text)
        assert blank not in to_json(text) and json.loads(to_json(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "क्‍ष",
        "می‌خواهم",
        "ක්‍ෂ",
        "❤️",
        "1️⃣",
        "👩🏽‍💻",
        "🏳️‍🌈",
        "葛\U000e0100",
        "ᠠ\u180b",
        "±︀",
        "a b",
        "10\u202f000\u00a0€",
        "山田\u3000太郎",
        "é",
        "مـ",
    ],
)
def test_words_and_emoji_keep_what_they_need(text: str) -> None:
    assert visible(text) == text
    assert json.loads(to_json(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "ad\u200dmin",
        "ad\u200cmin",
        "адм\u200dин",
        "\u200dx",
        "क्‍\u200d",
        "a\ufe0f",
        "x\U000e0100",
        "é\ufe00",
        "👩\ufe0f\ufe0f",
        "1\ufe00",
        " \ufe0f",
    ],
)
def test_joiners_and_selectors_that_choose_nothing_are_shown(text: str) -> None:
    assert "\\" in visible(text)
