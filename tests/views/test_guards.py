"""How guards read: alike ones once, the address once."""

from __future__ import annotations

import pytest

from reconciler.model.configuration.address import Address
from reconciler.model.configuration.guard import Guard, GuardId
from reconciler.planning.review.acknowledged import suggest_remedy
from reconciler.views.plan.annotations import write_plan_sarif
from reconciler.views.plan.text import SHOWN
from reconciler.views.writing.json_text import to_json
from reconciler.views.writing.layout import NAMED
from tests.support.printed import write_plan_annotations, write_plan_html, write_plan_markdown, write_plan_text
from tests.views.samples import create, plan


def guard(name: str, words: str = "would weaken control", allowed: str = "") -> Guard:
    address = Address("EmailTask", name)
    ends = "" if allowed else suggest_remedy(GuardId.WEAKENING, address)
    return Guard(GuardId.WEAKENING, address, f"{address} {words}. {ends}".rstrip(), allowed, remedy=ends)


MANY = plan(create("Group/a"), guards=tuple(guard(f"mail-{number:03}") for number in range(500)))
ONE = plan(create("Group/a"), guards=(guard("mail"),))
DIFFERENT = plan(create("Group/a"), guards=tuple(guard(f"m{number}", f"loses {number} of all") for number in range(60)))


def test_alike_guards_are_told_once_in_text() -> None:
    block = write_plan_text(MANY).split("\n\n")[1]
    lines = block.splitlines()
    assert lines[:2] == ["Blocked: 500 guards stop the apply.", "  weakening EmailTask/mail-000 and 499 others alike"]
    assert len(lines) < 12
    assert block.count("EmailTask/mail-") == NAMED + 3
    joined = " ".join(block.split())
    assert "and 489 more; --allow weakening allows all of its kind" in joined
    assert "EmailTask/mail-499" in write_plan_text(MANY, verbose=True)


def test_guards_that_differ_are_cut_and_counted_unless_asked_for() -> None:
    assert write_plan_text(DIFFERENT).count("weakening EmailTask/") == SHOWN
    assert "  … and 40 more guards; --verbose shows all\n" in write_plan_text(DIFFERENT)
    assert write_plan_text(DIFFERENT, verbose=True).count("weakening EmailTask/") == 60


def test_alike_guards_are_told_once_in_markdown() -> None:
    text = write_plan_markdown(MANY)
    assert text.count("would weaken control") == 1
    assert "would weaken control. Alike at 499 others: `EmailTask/mail-001`, " in text
    assert "and 449 more." in text
    assert "or an entry for each in `acknowledgements.yaml`" in text
    assert text.count("- guard: weakening") == 1


def test_guards_allowed_in_another_way_are_told_apart() -> None:
    mixed = plan(create("Group/a"), guards=(guard("a"), guard("b", allowed="--allow weakening=EmailTask/b")))
    assert "Blocked: 1 guard stops the apply." in write_plan_text(mixed)
    assert "  weakening EmailTask/b by --allow weakening=EmailTask/b" in write_plan_text(mixed)


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (write_plan_text(ONE), "  weakening EmailTask/mail\n    would weaken control. To allow it"),
        (write_plan_markdown(ONE), "**weakening** `EmailTask/mail` would weaken control.\n"),
        (write_plan_html(ONE), "<p>would weaken control. To allow it"),
        (write_plan_annotations(ONE), "title=Blocked%3A weakening EmailTask/mail::would weaken control."),
        (to_json(write_plan_sarif(ONE, "1")), '"EmailTask/mail would weaken control. '),
    ],
)
def test_the_address_is_said_once(shown: str, expected: str) -> None:
    assert expected in shown
    assert "EmailTask/mail: EmailTask/mail" not in shown
