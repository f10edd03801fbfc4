"""Plans as Markdown: what a reviewer reads in a comment, whole; nothing from outside becomes anything but text."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from markdown_it import MarkdownIt
from markdown_it.token import Token

from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import FieldChange, MailDiff
from reconciler.model.configuration.control import ControlChange, Shift
from reconciler.model.configuration.guard import Guard, GuardId
from reconciler.model.configuration.plan import Impact, Plan
from reconciler.model.diagnostic import Place, make_warning
from reconciler.model.errors import InvalidManifests, UserError
from reconciler.views.plan.markdown import LIMIT, write_marker
from tests.support.printed import write_failure_markdown, write_plan_html, write_plan_markdown
from tests.views.conftest import Golden
from tests.views.outside import HOSTILE_TEXT, outside
from tests.views.reviewed import REVIEWED
from tests.views.samples import DIAGNOSTICS, EMPTY, HOSTILE, MIXED, create, delete, long_plan, plan, update

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
PLANS = {"reviewed": REVIEWED, "mixed": MIXED, "empty": EMPTY, "hostile": HOSTILE, "long": long_plan()}


@pytest.mark.parametrize("name", PLANS)
def test_a_comment_reads_well(name: str, golden: Golden) -> None:
    golden(f"plan-{name}.md", write_plan_markdown(PLANS[name]))


def test_a_failure_takes_the_place_of_the_plan(golden: Golden) -> None:
    golden("failure.md", write_failure_markdown(InvalidManifests(DIAGNOSTICS), "production"))
    assert write_marker("production") in write_failure_markdown(UserError("No state", "It is gone."), "production")


def test_each_environment_has_its_own_comment() -> None:
    markers = [write_marker(name) for name in (None, "production", "staging", "a b", "a-b", "-->", "\ud800")]
    assert len(set(markers)) == len(markers)
    assert all(write_plan_markdown(replace(REVIEWED, environment=None)).count(found) <= 1 for found in markers)


def test_each_project_has_its_own_comment() -> None:
    assert write_marker("staging", "mail") == "<!-- reconciler plan project=mail environment=staging -->"
    assert write_plan_markdown(replace(EMPTY, environment=None), "mail").startswith(write_marker(None, "mail") + "\n")
    markers = [write_marker("a", name) for name in ("", "mail", "desk", "a environment=b", "-->")]
    assert len(set(markers)) == len(markers)


def test_the_awkward_sample_is_told_in_a_few_short_lines_below_the_typical_one() -> None:
    diff = "@@ -1 +1 @@ text body\n as before\n" + "\n".join(
        f"-{'old ' * 150}{n}\n+{'new ' * 150}{n}" for n in range(9)
    )
    mail = MailDiff(Address("EmailTask", "ask"), "typical", "start", "each", "Asks", True, "@@ -1 +1 @@\n-a\n+b")
    odd = replace(mail, sample="awkward", diff=diff)
    text = write_plan_markdown(plan(update("EmailTask/ask", "spec changed: body", messages=(mail, odd))))
    assert text.count("<details>") == 1
    assert "On the `awkward` sample other lines change too, shown in part:" in text
    assert "… 10 more lines" in text
    assert "as before" not in text
    assert max(map(len, text.splitlines())) < 200
    alone = write_plan_markdown(plan(update("EmailTask/ask", "spec changed: body", messages=(odd,))))
    assert "Sample `awkward`." in alone
    page = write_plan_html(plan(update("EmailTask/ask", "spec changed: body", messages=(mail, odd))))
    assert "<details><summary>On the awkward sample other lines change too</summary><article>" in page


def test_what_blocks_comes_first_and_can_be_pasted() -> None:
    text = write_plan_markdown(REVIEWED)
    assert "- guard: weakening\n  address: ApprovalProcess/manual-email\n  reason:" in text
    headings = re.findall(r"^### (.+)$", text, re.MULTILINE)
    assert headings[:4] == [
        "Blocked",
        "Allowed although a guard trips",
        "Who may approve, and under which rules",
        "Deleted",
    ]


def test_what_nothing_allows_is_offered_no_way_round() -> None:
    guard = Guard(GuardId.IN_FLIGHT, Address("EmailTask", "a"), "A request needs it.", allowable=False)
    text = write_plan_markdown(plan(delete("EmailTask/a"), guards=(guard,)))
    assert "A request needs it." in text
    assert "acknowledgements.yaml" not in text


def many(count: int, size: int) -> Plan:
    """So many of everything, each text so long."""
    long = "x`|" * (size // 3)
    diffs = [
        MailDiff(Address("EmailTask", f"m{n}"), "typical", "task", long, long, True, f"+{long}\n" * 30)
        for n in range(count)
    ]
    return plan(
        *(delete(f"Group/g{n}", long) for n in range(count)),
        *(create(f"Group/c{n}", long, stated={"/spec/members": [long]}) for n in range(count)),
        *(update(f"EmailTask/m{n}", long, FieldChange("/spec/subject", "a", long), messages=(diffs[n],)) for n in range(count)),
        guards=tuple(Guard(GuardId.WEAKENING, Address("Group", f"g{n}"), long) for n in range(count)),
        control=tuple(ControlChange(long, "1", long, long, long, Shift.WEAKER, Address("Group", "g")) for _ in range(count)),
        impact=Impact(
            recipients=tuple(f"{n}@{n}.example" for n in range(count)),
            new_external_domains=tuple(f"{n}.example" for n in range(count)),
            requests=tuple(f"req_{n}" for n in range(count)),
            effects=tuple(f"{long} {n}" for n in range(count)),
        ),
        environment=long,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("count", "size"), [(1, 3), (1, 90_000), (50, 3), (50, 90), (50, 30_000), (1000, 3), (1000, 90)]
)
def test_a_comment_is_never_too_long(count: int, size: int) -> None:
    text = write_plan_markdown(many(count, size))
    assert len(text) <= LIMIT
    for heading in (
        "Blocked",
        "Deleted",
        "New external recipients",
        "Mail that changes",
        "Requests in flight",
        "Changes",
    ):
        assert f"### {heading}" in text
    assert text.count("```") % 2 == 0
    assert text.count("<details>") == text.count("</details>")


def test_what_is_cut_is_counted() -> None:
    text = write_plan_markdown(many(1500, 30))
    named = len(re.findall(r"^- `Group/g\d+` “", text, re.MULTILINE))
    (left,) = re.findall(r"(\d+) more deletions not shown", text)
    assert named + int(left) == 1500
    assert "reconciler plan --verbose" in text


class Tags(HTMLParser):
    """Names of elements, and comments."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(tag if not attrs else f"{tag} with attributes")

    def handle_comment(self, data: str) -> None:
        self.found.append("comment")


def shape(tokens: list[Token]) -> list[str]:
    """The blocks of a page, and the elements of its HTML."""
    found = []
    for token in tokens:
        if token.type == "html_block":
            tags = Tags()
            tags.feed(token.content)
            found += tags.found
        else:
            found.append(f"{token.type} {token.info}")
    return found


INLINE = {"text", "code_inline", "strong_open", "strong_close", "em_open", "em_close", "softbreak"}
LIVE = re.compile(r"@|#\d|://|www\.|:\w+:|\b[0-9a-f]{7,}\b|[`<>\[\]]")
BENIGN = shape(PARSER.parse(write_plan_markdown(outside("word"))))


@given(HOSTILE_TEXT)
@settings(max_examples=150)
def test_nothing_from_outside_becomes_anything_but_text(text: str) -> None:
    page = write_plan_markdown(outside(text))
    tokens = PARSER.parse(page)
    kept = [each for each in shape(tokens) if not each.startswith("fence")]
    assert kept == [each for each in BENIGN if not each.startswith("fence")]
    inline = [child for token in tokens for child in token.children or ()]
    assert {child.type for child in inline} <= INLINE
    assert [child.content for child in inline if child.type == "text" and LIVE.search(child.content)] == []
    assert page.count("<!--") == 1
    assert page.isprintable() or not re.search(
        "[\u202a-\u202e\u2066-\u2069\u200b\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]", page
    )


@given(HOSTILE_TEXT)
@settings(max_examples=50)
def test_a_failure_shows_text_alone(text: str) -> None:
    fault = make_warning(f"A {text}", text, Place(text, 1, 1), Address("Group", text), text)
    for error in (UserError(f"A {text}", text, text), InvalidManifests([fault])):
        page = write_failure_markdown(error, text)
        tokens = PARSER.parse(page)
        inline = [child for token in tokens for child in token.children or ()]
        assert {child.type for child in inline} <= INLINE
        assert [child.content for child in inline if child.type == "text" and LIVE.search(child.content)] == []
        assert page.count("<!--") == 1
