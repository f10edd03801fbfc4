"""What a change of each kind causes besides being recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reconciler.kinds.protocol.world import World
from reconciler.kinds.registry import REGISTRY
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import AskApprovers, RetryMessages

Read = Callable[..., Any]

SERVER = """
    apiVersion: reconciler/v1
    kind: SmtpServer
    metadata: {{name: {name}}}
    spec: {{uri: "smtp://{host}:587", from: desk@example.com, credential: {credential}}}
    ---
"""
LOGIN = """
    apiVersion: reconciler/v1
    kind: Credential
    metadata: {{name: login}}
    spec: {{username: {user}, password: {{secret: relay-password}}}}
"""
GROUP = """
    apiVersion: reconciler/v1
    kind: Group
    metadata: {{name: desk, title: {title}}}
    spec: {{members: [{members}]}}
"""


def effects(kind: str, name: str, before: World, after: World) -> list[object]:
    address = Address(kind, name)
    return list(REGISTRY[kind].effects(before.resources.get(address), after.resources.get(address), after))


def test_changed_server_has_its_mail_tried_again(read: Read) -> None:
    login = LOGIN.format(user="desk")
    one, _ = read(SERVER.format(name="relay", host="a.example.com", credential="login") + login)
    two, _ = read(SERVER.format(name="relay", host="b.example.com", credential="login") + login)
    assert effects("SmtpServer", "relay", one, two) == [RetryMessages("relay")]
    assert effects("SmtpServer", "relay", World({}), two) == []
    assert effects("SmtpServer", "relay", one, one) == []
    assert effects("SmtpServer", "relay", one, World({})) == []


def test_changed_credential_has_mail_of_its_servers_tried_again(read: Read) -> None:
    servers = [SERVER.format(name=name, host="a.example.com", credential=login) for name, login in PAIRS]
    one, _ = read("".join(servers) + LOGIN.format(user="desk"))
    two, _ = read("".join(servers) + LOGIN.format(user="other"))
    assert effects("Credential", "login", one, two) == [RetryMessages("first"), RetryMessages("second")]
    assert effects("Credential", "login", one, one) == []


PAIRS = [("second", "login"), ("first", "login"), ("third", "null")]


def test_changed_members_make_pending_requests_look_again(read: Read) -> None:
    one, _ = read(GROUP.format(title="Desk", members="a@example.com, b@example.com"))
    same, _ = read(GROUP.format(title="New title", members="b@example.com, a@example.com"))
    other, _ = read(GROUP.format(title="Desk", members="a@example.com"))
    assert effects("Group", "desk", one, other) == [AskApprovers("Group/desk")]
    assert effects("Group", "desk", one, World({})) == [AskApprovers("Group/desk")]
    assert effects("Group", "desk", one, same) == []
    assert effects("Group", "desk", World({}), one) == []
