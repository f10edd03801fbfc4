"""Every element a mail of an approval must have is in it, in both parts, whoever wrote the words."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

WORDS = ["built-in", "shipped"]
REQUESTS = ["first", "second", "page", "everyone", "awkward"]
OUTCOMES = ["approved", "denied", "expired", "half", "cancelled", "awkward"]
ALL = [("request", sample) for sample in REQUESTS] + [("outcome", sample) for sample in OUTCOMES]
REQUEST = "req_1kjsd5ms8s92md"

Make = Callable[[str, str, str], Any]
each_words = pytest.mark.parametrize("words", WORDS)


def both(found: Any) -> list[str]:
    """The text part and what is seen of the HTML, each on one line."""
    return [" ".join(found.text.split()), found.seen]


@each_words
@pytest.mark.parametrize(
    "said",
    [
        "Guest Requester asks: run npp.exe on PC-0114",
        "The editor is needed before Saturday.",
        "See the ticket.",
        "guest@partner.example.net",
        "helpdesk@example.com",
        "Tue 2026-03-10 09:31 CET",
        "Default Execute Application Request Type",
        r"C:\Program Files\Notepad++\npp.exe",
        "https://tickets.example.com/CHG-1042?a=1&b=2",
        "First Approver",
        "first@example.com",
        "approved",
        "2026-03-03 10:31 CET",
        "Known tool.",
        "Remove it afterwards.",
        "Stage 1 of 2",
        "Desk",
        "2 people must agree; 1 already has",
        "One denial ends the request.",
        f"reconciler approvals approve {REQUEST} --as first@example.com",
        f'reconciler approvals deny {REQUEST} --as first@example.com --comment "why"',
        "because you are in the group service-desk, asked by Manual Approval Process with E-mail Alerts",
        "Replies go to the requester, guest@partner.example.net",
        f"Request {REQUEST}",
        "staging",
    ],
)
def test_request_says(mail: Make, words: str, said: str) -> None:
    text, seen = both(mail(words, "request", "second"))
    assert said in text.replace("> ", "")
    assert said in seen


@each_words
def test_subject_says_who_asks_what(mail: Make, words: str) -> None:
    assert mail(words, "request", "first").subject == "Henri Grimm asks: run npp.exe on PC-0114"


@each_words
def test_preheader_says_reason_and_deadline(mail: Make, words: str) -> None:
    hidden = mail(words, "request", "first").hidden
    assert hidden.startswith(
        "Needed for the quarterly maintenance window on Saturday. · Decide by Tue 2026-03-10 09:31 CET"
    )
    assert len(hidden) > 100, "the rest of the preview must not be filled from the body"


@each_words
def test_fields_come_in_declared_order(mail: Make, words: str) -> None:
    for part in both(mail(words, "request", "first")):
        places = [part.index(title) for title in ("File", "npp.exe", "File path", "Computer")]
        assert re.search(r"File:? npp\.exe .*File path:? C:.*Computer:? PC-0114", part)
        assert places[0] < places[3]


@each_words
def test_external_requesters_are_marked_and_others_are_not(mail: Make, words: str) -> None:
    for part in both(mail(words, "request", "second")):
        assert "external" in part.lower()
    for part in both(mail(words, "request", "first")):
        assert "external" not in part.lower()


@each_words
@pytest.mark.parametrize(
    ("sample", "said"),
    [("first", "One person must agree."), ("everyone", "All 3 people asked must agree."), ("second", "2 people must")],
)
def test_request_says_how_many_must_agree(mail: Make, words: str, sample: str, said: str) -> None:
    assert all(said in part for part in both(mail(words, "request", sample)))


def test_with_a_page_there_is_one_button_the_same_address_as_text_and_no_command(mail: Make) -> None:
    found = mail("built-in", "request", "page")
    page = "https://approve.example.com/d/8Zk1mV0hQmC0S7xJ2uYw3fPq5tRb9nLe"
    assert found.html.count('class="button"') == 1
    assert [link for link in found.links if not link.startswith("mailto:")] == [page, page]
    assert f"Review and decide {page}" in found.seen
    assert page in found.text
    assert all("reconciler approvals" not in part for part in both(found))
    assert all("Approving grants: one time, for 8 hours." in part for part in both(found))


@each_words
@pytest.mark.parametrize("sample", REQUESTS)
def test_nothing_to_press_decides(mail: Make, words: str, sample: str) -> None:
    found = mail(words, "request", sample)
    assert not re.search(r"<(form|button|input)\b", found.html)
    assert not [link for link in found.links if re.search("approve[^.]|deny", link.partition("/d/")[0])]


@each_words
@pytest.mark.parametrize(
    ("sample", "said"),
    [
        ("approved", ["Approved", "Approved by First Approver.", "first@example.com", "Checked and agreed."]),
        ("denied", ["Denied", "Denied by Second Approver.", "Use the managed editor instead.", "Known tool."]),
        ("expired", ["Expired", "Nobody decided by the deadline.", "Ask again"]),
        ("half", ["Expired", "By the deadline 1 of 2 approvals had been given.", "Known tool."]),
        ("cancelled", ["Cancelled", "The request was cancelled"]),
    ],
)
def test_outcome_says_what_was_decided_by_whom_when_why_and_what_was_asked(
    mail: Make, words: str, sample: str, said: list[str]
) -> None:
    found = mail(words, "outcome", sample)
    assert found.subject == f"{said[0]}: run npp.exe on PC-0114"
    always = ["Tue 2026-03-03 12:03 CET", "npp.exe", "PC-0114", "Needed for the quarterly maintenance window", REQUEST]
    for part in both(found):
        flat = part.replace("> ", "")
        assert [word for word in said[1:] + always if word not in flat] == []
    assert found.seen.removeprefix("Approvals desk ").startswith(f"{said[0]} run npp.exe on PC-0114")
    assert found.text.startswith(f"{said[0].upper()}: run npp.exe on PC-0114\n")


@each_words
@pytest.mark.parametrize(("kind", "sample"), ALL)
def test_values_are_escaped_and_isolated(mail: Make, words: str, kind: str, sample: str) -> None:
    found = mail(words, kind, sample)
    assert "<script" not in found.html
    assert not re.search(r"\{\{|\{%", found.html.replace("{{ 7 * 7 }} {% raw %}", ""))
    if sample == "awkward":
        assert "<script>alert(1)</script> {{ 7 * 7 }} {% raw %}" in found.seen
        for before in re.findall(r"<([a-z0-9]+[^>]*)>(?:[^<]*)&lt;script", found.html):
            assert before.startswith(("bdi", "title")) or 'dir="auto"' in before


@each_words
@pytest.mark.parametrize(("kind", "sample"), ALL)
def test_nothing_is_loaded_from_elsewhere(mail: Make, words: str, kind: str, sample: str) -> None:
    html = mail(words, kind, sample).html
    assert not re.search(r"<(img|link|iframe|script|object|video|base)\b|url\(|@import|@font-face| src=", html)


@each_words
@pytest.mark.parametrize("kind", ["request", "outcome"])
def test_colours_and_sizes_follow_the_reader(mail: Make, words: str, kind: str) -> None:
    html = mail(words, kind, "approved" if kind == "outcome" else "first").html
    for needed in (
        '<meta name="color-scheme" content="light dark">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        "@media (prefers-color-scheme: dark)",
        "@media (max-width: 480px)",
    ):
        assert needed in html
    at_rules = html.partition("@media")[2].partition("</style>")[0]
    declarations = re.findall(r"[a-z-]+: [^;{}]+;", at_rules)
    assert [each for each in declarations if "!important" not in each] == [], "attributes win over these"


@each_words
@pytest.mark.parametrize("kind", ["request", "outcome"])
def test_every_coloured_class_has_a_dark_side(mail: Make, words: str, kind: str) -> None:
    """Text and background of one element change together, or it becomes unreadable in the dark."""
    style = re.search(
        r"<style>(.*?)</style>", mail(words, kind, "approved" if kind == "outcome" else "first").html, re.S
    )
    assert style
    light, _, rest = style[1].partition("@media (prefers-color-scheme: dark) {")
    dark = rest.partition("\n}")[0]
    coloured = {
        name
        for names, rules in re.findall(r"^([^@{}\n]+) \{([^}]*)\}", light, re.MULTILINE)
        if re.search(r"(?<!-)color: #|background-color: #|border[a-z-]*: [^;]*#", rules)
        for name in re.split(r",\s*", names)
    }
    dressed = {
        name.strip() for names in re.findall(r"^\s*([^{}\n]+) \{", dark, re.MULTILINE) for name in names.split(",")
    }
    assert coloured - dressed == set()


def rules(css: str) -> dict[str, dict[str, str]]:
    """Colours by selector."""
    found: dict[str, dict[str, str]] = {}
    for names, body in re.findall(r"^\s*([^@{}\n]+) \{([^}]*)\}", css, re.MULTILINE):
        for name in names.split(","):
            colours = re.findall(r"(?<![a-z-])(color|background-color): (#[0-9a-f]{6})", body)
            found.setdefault(name.strip(), {}).update(colours)
    return found


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, contrast ratio."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@each_words
@pytest.mark.parametrize("kind", ["request", "outcome"])
def test_every_text_is_readable_in_light_and_dark(mail: Make, words: str, kind: str) -> None:
    style = mail(words, kind, "approved" if kind == "outcome" else "first").html.partition("</style>")[0]
    light_css, _, dark_css = style.partition("@media (prefers-color-scheme: dark) {")
    light = rules(light_css)
    dark = {name: colours | rules(dark_css).get(name, {}) for name, colours in light.items()}
    for scheme in (light, dark):
        card, text = scheme[".card"]["background-color"], scheme[".inside"]["color"]
        for name, colours in scheme.items():
            if name in ("body", ".page"):
                continue
            front, back = colours.get("color", text), colours.get("background-color", card)
            assert contrast(front, back) >= 4.5, f"{name}: {front} on {back}"


TEXT_GOLDEN = [(kind, sample) for kind, sample in ALL if sample != "awkward"]


@pytest.mark.parametrize(("kind", "sample"), TEXT_GOLDEN)
def test_built_in_text_reads_well(mail: Make, golden: Callable[[str, str], None], kind: str, sample: str) -> None:
    found = mail("built-in", kind, sample)
    golden(f"{kind}-{sample}.txt", f"Subject: {found.subject}\n\n{found.text}\n")


@pytest.mark.parametrize(("kind", "sample"), [("request", "second"), ("request", "awkward"), ("outcome", "denied")])
def test_built_in_html_is_as_it_was_looked_at(
    mail: Make, golden: Callable[[str, str], None], kind: str, sample: str
) -> None:
    golden(f"{kind}-{sample}.html", mail("built-in", kind, sample).html + "\n")


@each_words
@pytest.mark.parametrize(("kind", "sample"), ALL)
def test_text_has_no_untidy_lines(mail: Make, words: str, kind: str, sample: str) -> None:
    text = mail(words, kind, sample).text
    assert "\n\n\n\n" not in text
    lines = [line for line in text.split("\n") if line != "-- "]
    assert sample == "awkward" or not [line for line in lines if line != line.rstrip()]
