"""The file transport."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from reconciler.delivery.eml import EmlTransport
from reconciler.model.errors import TransportFault
from reconciler.model.mail.message import Verdict
from tests.delivery.talking import ADA, BO, MAIL, SENDER, route_to


def test_each_mail_becomes_a_private_file_of_its_bytes(tmp_path: Path) -> None:
    connection = EmlTransport(tmp_path / "mail").connect(route_to(25))
    verdicts = connection.send(SENDER, [ADA, BO], MAIL)
    (file,) = (tmp_path / "mail").iterdir()
    assert file.read_bytes() == MAIL
    assert file.suffix == ".eml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [(v.address, v.verdict, v.reply) for v in verdicts] == [
        (ADA, Verdict.DELIVERED, f"written to {file.name}"),
        (BO, Verdict.DELIVERED, f"written to {file.name}"),
    ]


def test_the_same_mail_again_is_the_same_file_and_another_recipient_another(tmp_path: Path) -> None:
    connection = EmlTransport(tmp_path).connect(route_to(25))
    for recipients in ([ADA], [ADA], [BO]):
        connection.send(SENDER, recipients, MAIL)
    connection.close()
    assert len(list(tmp_path.iterdir())) == 2
    assert connection.usable


def test_a_folder_that_cannot_be_made_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(TransportFault) as caught:
        EmlTransport(tmp_path / "taken" / "mail").connect(route_to(25))
    assert caught.value.phase == "connect"
    assert "Not a directory" in caught.value.detail


def test_a_file_that_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    connection = EmlTransport(tmp_path / "mail").connect(route_to(25))
    (tmp_path / "mail").rmdir()
    (verdict,) = connection.send(SENDER, [ADA], MAIL)
    assert verdict.verdict is Verdict.RETRY
    assert "could not be written: No such file or directory" in verdict.reply
