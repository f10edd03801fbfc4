"""Valid specs of every kind, generated."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

NAMES = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
IDENTIFIERS = st.from_regex(r"[a-z][A-Za-z0-9]{0,8}", fullmatch=True)
LINES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=30).filter(
    lambda text: not set(text.strip()) <= set("*•")
)
DISPLAY = LINES.filter(lambda text: not set(text) & set('<>"\\\u2028\u2029') and text.strip())
ADDRESSES = NAMES.map(lambda name: f"{name}@example.com")
MAILBOXES = st.one_of(ADDRESSES, st.builds(lambda name, address: f'"{name}" <{address}>', DISPLAY, ADDRESSES))
RECIPIENTS = st.lists(st.one_of(MAILBOXES, NAMES.map(lambda name: {"group": name})), min_size=1, max_size=4)
DURATIONS = st.builds(lambda number, unit: f"{number}{unit}", st.integers(1, 500), st.sampled_from("smhdw"))
NUMBERS = st.one_of(st.integers(-(10**12), 10**12), st.decimals(-1000, 1000, places=3))


def some(**optional: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=optional)


def typed(name: str, **optional: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"type": st.just(name)}, optional=optional)


DECLARATIONS = st.one_of(
    some(title=LINES, required=st.booleans(), maxLength=st.integers(30, 99), default=LINES, example=LINES),
    typed("number", min=st.integers(-(10**9), -2000), default=st.decimals(-1000, 1000, places=2)),
    typed("date", enum=st.just(["2027-01-31", "2026-12-01"]), example=st.just("2026-12-01")),
    typed("duration", default=DURATIONS),
)

SPECS = {
    "SmtpServer": st.builds(
        lambda uri, rest: {"uri": uri, "from": "Desk <desk@example.com>", **rest},
        st.sampled_from(["smtp://mail.example.com", "smtps://mail.example.com;99", "smtp://[::1]"]),
        some(
            credential=NAMES,
            tls=some(verify=st.booleans(), ca=st.just("certs/ca.pem"), minVersion=st.sampled_from(["1.2", "1.3"])),
            envelopeFrom=ADDRESSES,
            helo=st.sampled_from(["mail.example.com", "[192.0.2.1]", "[IPv6:2001:db8::1]"]),
            limits=some(connections=st.integers(1, 100)),
            timeouts=some(connect=DURATIONS, data=DURATIONS),
        ),
    ),
    "Credential": st.builds(lambda user, name: {"username": user, "password": {"secret": name}}, NAMES, NAMES),
    "Group": st.builds(lambda members: {"members": members}, RECIPIENTS),
    "EmailTask": some(
        context=st.sampled_from(["task", "approval"]),
        smtpServer=NAMES,
        to=RECIPIENTS,
        cc=st.lists(ADDRESSES, min_size=1).map(", ".join),
        replyTo=MAILBOXES,
        subject=LINES,
        body=st.one_of(LINES, st.just({"html": "mail/a.html.j2"}), st.just({"text": "a.txt.j2", "html": "a.html.j2"})),
        parameters=st.dictionaries(IDENTIFIERS, st.one_of(LINES, NUMBERS, st.booleans(), DECLARATIONS), max_size=3),
        expireAfter=DURATIONS,
        enabled=st.booleans(),
    ),
    "ApprovalType": st.builds(
        lambda process, rest: {"process": process, **rest},
        NAMES,
        some(subject=LINES, fields=st.dictionaries(IDENTIFIERS, DECLARATIONS, max_size=3)),
    ),
    "ApprovalProcess": st.builds(
        lambda stage, approvers, rest: {"stages": [{"approvers": approvers, **stage}], **rest},
        some(name=NAMES, quorum=st.one_of(st.integers(1, 9), st.just("all")), expireAfter=DURATIONS),
        RECIPIENTS,
        some(
            smtpServer=NAMES,
            startActivity=NAMES,
            completedActivity=st.one_of(NAMES, some(approved=NAMES, denied=NAMES, cancelled=NAMES)),
            selfApproval=st.booleans(),
            requireComment=st.sampled_from(["always", "on-deny", "never"]),
        ),
    ),
}
RESOURCES = st.sampled_from(sorted(SPECS)).flatmap(lambda kind: st.tuples(st.just(kind), SPECS[kind]))
