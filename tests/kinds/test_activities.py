"""Which task, server and fields an approval uses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reconciler.kinds.approval_process.spec import ApprovalProcessSpec
from reconciler.kinds.mail.activities import activity_for, common_fields, server_of, types_of, uses, uses_of
from reconciler.kinds.protocol.world import World
from reconciler.kinds.registry import REGISTRY
from reconciler.kinds.smtp_server.route import route
from reconciler.kinds.smtp_server.spec import SmtpServerSpec
from reconciler.model.mail.route import SecretName

Read = Callable[..., Any]

SERVERS = """
    apiVersion: reconciler/v1
    kind: SmtpServer
    metadata: {name: relay}
    spec:
      uri: smtps://mail.example.com
      from: desk@example.com
      credential: login
      tls: {ca: certs/ca.pem, serverName: MX.example.com, minVersion: "1.3"}
      helo: desk.example.com
      limits: {connections: 2, messagesPerConnection: 7}
      timeouts: {connect: 1m, command: 2m, data: 3m}
    ---
    apiVersion: reconciler/v1
    kind: SmtpServer
    metadata: {name: backup}
    spec: {uri: "smtp://localhost:1025", from: desk@example.com}
    ---
    apiVersion: reconciler/v1
    kind: Credential
    metadata: {name: login}
    spec: {username: desk, password: {secret: relay-password}}
    ---
"""
TASKS = """
    apiVersion: reconciler/v1
    kind: EmailTask
    metadata: {name: ask}
    spec: {context: approval, smtpServer: backup}
    ---
    apiVersion: reconciler/v1
    kind: EmailTask
    metadata: {name: tell}
    spec: {context: approval, subject: Done}
    ---
"""
PROCESS = """
    apiVersion: reconciler/v1
    kind: ApprovalProcess
    metadata: {name: manual}
    spec:
      smtpServer: relay
      startActivity: ask
      completedActivity: {approved: tell, denied: tell}
      stages: [{approvers: [rosa@example.com, tariq@example.com]}]
    ---
    apiVersion: reconciler/v1
    kind: ApprovalType
    metadata: {name: one}
    spec:
      process: manual
      fields: {file: {required: true}, size: {type: integer}, day: {type: date, default: 2027-01-01}}
    ---
    apiVersion: reconciler/v1
    kind: ApprovalType
    metadata: {name: two}
    spec:
      process: manual
      fields: {day: {type: date}, size: {type: number}, file: {}}
"""


@pytest.fixture
def world(read: Read) -> World:
    found, diagnostics = read(SERVERS + TASKS + PROCESS)
    assert diagnostics == []
    return found


def spec(world: World, kind: str, name: str) -> Any:
    return world.spec(REGISTRY[kind].spec, name)


def test_each_event_has_its_task_or_the_built_in_one(world: World) -> None:
    process = spec(world, "ApprovalProcess", "manual")
    events = ("start", "approved", "denied", "expired", "cancelled")
    assert [activity_for(process, event) for event in events] == ["ask", "tell", "tell", None, None]


def test_server_of_the_process_comes_before_that_of_the_task(world: World) -> None:
    process, task = spec(world, "ApprovalProcess", "manual"), spec(world, "EmailTask", "ask")
    assert server_of(process, task, world) == "relay"
    assert server_of(process.model_copy(update={"smtp_server": None}), task, world) == "backup"
    assert server_of(None, task, world) == "backup"


def test_only_server_is_taken_and_of_several_none(world: World, read: Read, relay: str) -> None:
    task = spec(world, "EmailTask", "tell")
    assert server_of(None, task, world) is None
    assert server_of(None, task, read(relay)[0]) == "relay"
    assert server_of(None, None, World({})) is None


def test_task_is_used_once_per_process_slot_and_type(world: World) -> None:
    assert [(use.slot, use.events, use.type and use.type.address.name) for use in uses_of("tell", world)] == [
        ("completed", ("approved", "denied"), "one"),
        ("completed", ("approved", "denied"), "two"),
    ]
    process = world.get(ApprovalProcessSpec, "manual")
    assert process is not None
    assert [use.events for use in uses(process, None, world)] == [("expired", "cancelled")] * 2


def test_common_fields_have_one_type_and_the_weaker_promise(world: World) -> None:
    common = common_fields(types_of("manual", world))
    assert list(common) == ["file", "day"]
    assert not common["file"].required
    assert common["day"].default is None
    assert common_fields([]) == {}


def test_route_holds_everything_a_transport_needs(world: World) -> None:
    relay, backup = world.get(SmtpServerSpec, "relay"), world.get(SmtpServerSpec, "backup")
    assert relay is not None
    assert backup is not None
    found = route(relay, world, "PEM")
    assert (found.host, found.port, found.tls, found.ca) == ("mail.example.com", 465, "implicit", "PEM")
    assert (found.username, found.password) == ("desk", SecretName("relay-password"))
    assert (found.server_name, found.minimum_tls, found.helo) == ("mx.example.com", "1.3", "desk.example.com")
    assert (found.connections, found.messages_per_connection) == (2, 7)
    assert (found.connect_timeout, found.command_timeout, found.data_timeout) == (60.0, 120.0, 180.0)
    plain = route(backup, world)
    assert (plain.tls, plain.port, plain.username, plain.password) == ("none", 1025, "", None)
