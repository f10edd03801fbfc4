"""Hostile text, and a plan that has it everywhere outside text can stand."""

from __future__ import annotations

from hypothesis import strategies as st

from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import FieldChange, MailDiff
from reconciler.model.configuration.control import ControlChange, Shift
from reconciler.model.configuration.guard import Acknowledgement, Allowance, Guard, GuardId
from reconciler.model.configuration.plan import Impact, Plan
from reconciler.model.configuration.suspension import Suspension
from reconciler.model.diagnostic import Place, make_warning
from tests.views.samples import DIGEST, NOW, create, delete, update

HOSTILE_PIECES = st.sampled_from([
    "@team", "@org/team", "#1", "GH-1", "org/repo#1", "http://evil.example", "https://evil.example", "www.evil.example",
    "mailto:a@b.example", "a@b.example", "<a@b.example>", "<https://evil.example>", "[x](https://evil.example)", "![x](y)",
    "[x]: https://evil.example", "<img src=x onerror=alert(1)>", "<script>", "</details>", "</code>", "</summary>", "<!--",
    "-->", "--!>", "<!-- reconciler plan environment=production -->", "`", "``", "```", "````", "~~~", "|", "\\", "\\|", "\n",
    "\n\n", "\r", "\n# x", "\n---\n", "\n- ", "\n1. ", "\n    ", "1.", "-", "*", "_", "**x**", "~~x~~", "&lt;", "&#64;team", "&",
    "\u202e", "\u2066", "\u200b", "\x1b[31m", "\x00", "\ud800", "$x$", ":tada:", "deadbeef", "\t", " ", "  ", "word", "é", "א",
])  # fmt: skip
HOSTILE_TEXT = st.lists(HOSTILE_PIECES | st.text(max_size=4), min_size=1, max_size=8).map("".join).filter(str.strip)


def outside(text: str) -> Plan:
    """A plan with the text everywhere outside text can stand."""
    address = Address("EmailTask", text)
    return Plan(
        "line-1", 7, text, (
            delete(f"Group/{text}", text),
            update(f"EmailTask/{text}", text, FieldChange("/spec/subject", "plain", text),
                   FieldChange("/spec/body", f"a\n{text}", f"{text}\nb\n"), FieldChange("/spec/to", [], [text], (text,), ()),
                   title=text, messages=(
                       MailDiff(address, text, text, text, text, True, f"-{text}\n+{text}\n{text}", alike=(address,)),
                       MailDiff(address, text, text, text, text, False, ""))),
            create(f"Group/new{text}", text, stated={"/spec/members": [text], "/spec/body": f"{text}\n{text}\n"}),
        ),
        3, DIGEST,
        (make_warning(f"A {text}", text, Place(text, 1, 1), address, text),),
        (Guard(GuardId.WEAKENING, address, text),
         Guard(GuardId.DELETIONS, None, text, text or "x",
               acknowledgement=Acknowledgement(Allowance(GuardId.DELETIONS), text, None, Place(text), added=True))),
        (ControlChange(text, text, text, text, text, Shift.WEAKER, address),
         ControlChange("", "", text, text, "", Shift.AVAILABILITY, address)),
        Impact((address,), (), (text, f"x@{text}"), (text, "b.example"), (text,), (text,), (text,)),
        (Suspension(address, text, NOW, text),),
    )  # fmt: skip
