"""Words and values become one message of the outbox."""

from datetime import timedelta

import pytest

from reconciler.kinds.smtp_server.spec import SmtpServerSpec
from reconciler.messages.mail import Envelope, Mail, TemplateRef
from reconciler.model.mail.mailbox import Mailbox
from reconciler.model.mail.message import MessageState
from reconciler.operations.context.applied_state import read_applied
from reconciler.operations.mail.write_mail import MailUnwritable, Posting, Words, built_in_words, write_mail


def words(subject="Hello {{ name }}", text="Body\n"):
    return Words(Mail(TemplateRef("s", (), subject), TemplateRef("t", (), text)), {}, "EmailTask/x")


def posting(project, *to, **copies):
    now = project.clock()
    envelope = Envelope(to=tuple(map(Mailbox, to)), **copies)
    return Posting(envelope, "msg_1", "manual:msg_1", created=now, give_up=now + timedelta(days=1))


@pytest.fixture
def server(project):
    return read_applied(project.workspace).world.get(SmtpServerSpec, "relay")


def test_blind_copies_reach_their_people_and_stand_in_no_header(project, server):
    given = posting(project, "a@example.com", cc=(Mailbox("c@example.com"),), bcc=(Mailbox("b@example.com"),))
    message = write_mail(server, words(), {"name": "you"}, given)
    assert [fate.address for fate in message.fates] == ["a@example.com", "c@example.com", "b@example.com"]
    assert b"b@example.com" not in message.data
    assert (message.subject, message.state, message.due) == ("Hello you", MessageState.QUEUED, project.clock())


def test_an_address_named_twice_is_reached_once(project, server):
    given = posting(project, "a@example.com", cc=(Mailbox("a@example.com"),))
    assert len(write_mail(server, words(), {"name": "you"}, given).fates) == 1


def test_the_same_input_makes_the_same_bytes(project, server):
    given = posting(project, "a@example.com")
    assert write_mail(server, words(), {"name": "x"}, given) == write_mail(server, words(), {"name": "x"}, given)


@pytest.mark.parametrize(
    ("template", "to"),
    [
        ("{{ nothing.here }}", "a@example.com"),
        ("{% for x in name %}{% endfor %}", "a@example.com"),
        ("x", "bjørn@example.com"),
    ],
)
def test_what_makes_no_mail_is_one_kind_of_fault(project, server, template, to):
    with pytest.raises(MailUnwritable):
        write_mail(server, words(template), {"name": "you"}, posting(project, to))


def test_built_in_words_are_found_without_a_process(project):
    found = built_in_words(read_applied(project.workspace), None, "completed")
    assert found.task == "builtin:approval-outcome"
    assert {template.name for template in found.mail.templates} <= set(found.sources)
