"""A project's safety settings, protection, and resources that move: by the plain data that plans hold of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.kinds.project.spec import ProjectSpec
from reconciler.kinds.protocol.world import World
from reconciler.kinds.registry import REGISTRY
from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import Action, Change
from reconciler.model.configuration.plan import Facts
from reconciler.model.configuration.resource import Metadata, Record, Resource
from reconciler.model.configuration.snapshot import Snapshot
from reconciler.planning.inputs import PlanInputs
from reconciler.planning.review.review import compare_control
from tests.control.planned import NOW, plan, said, state
from tests.control.test_facts import COMPANY

PROJECT = Address("Project", "company")


def shifts(before: dict[str, Any] | None, after: dict[str, Any] | None, *, empty: bool = False) -> list[str]:
    """What a plan says when the settings of a project change from ``before`` to ``after``; None: there are none."""
    old, new = (Record(PROJECT, "default", 1, {}, spec) if spec is not None else None for spec in (before, after))
    stored = state("" if empty else COMPANY)
    resources = {**stored.records, PROJECT: old} if old else stored.records
    worlds = _with(stored.world, before), _with(state(COMPANY).world, after)
    ground = PlanInputs(*worlds, Snapshot("line-1", 1, resources), Facts(NOW), REGISTRY)
    changes = [Change(PROJECT, Action.UPDATE, "", old, new)]
    return [line.removesuffix(" [Project/company]") for line in said(compare_control(changes, ground))]


def _with(world: World, spec: dict[str, Any] | None) -> World:
    """The world with the project's settings in it."""
    if spec is None:
        return world
    project = Resource(PROJECT, Metadata("company"), ProjectSpec.model_validate(spec))
    return World({**world.resources, PROJECT: project})


REDIRECT = {"mail": {"deliver": "redirect", "redirectTo": "qa@example.com", "allow": ["*@qa.example.com"]}}
WIDER = {"mail": {**REDIRECT["mail"], "allow": ["*@qa.example.com", "*@example.net"]}}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"mail": {"deliver": "hold"}}, {"mail": {"deliver": "redirect"}}, ["weaker mail delivery: hold -> redirect"]),
        (REDIRECT, {"mail": {"deliver": "all"}}, ["weaker mail delivery: redirect -> all"]),
        (REDIRECT, None, ["weaker mail delivery: redirect -> all"]),
        (None, REDIRECT, ["stronger mail delivery: all -> redirect"]),
        (
            REDIRECT,
            WIDER,
            ["weaker addresses that get real mail: *@qa.example.com -> *@example.net, *@qa.example.com"],
        ),
        (
            WIDER,
            REDIRECT,
            ["stronger addresses that get real mail: *@example.net, *@qa.example.com -> *@qa.example.com"],
        ),
        ({}, {"guards": {"deletions": 50}}, ["weaker guard deletions: 10 -> 50"]),
        ({"guards": {"deletionsPercent": 10}}, {}, ["weaker guard deletionsPercent: 10 -> 30"]),
        ({}, {"guards": {"deletions": 0}}, ["stronger guard deletions: 10 -> 0"]),
        (
            {"domains": ["example.com"]},
            {"domains": ["example.com", "example.net"]},
            ["weaker domains of the project: example.com -> example.com, example.net"],
        ),
        (
            {"domains": ["example.com", "example.net"]},
            {"domains": ["example.com"]},
            ["different domains of the project: example.com, example.net -> example.com"],
        ),
        ({}, {"mail": {"deliver": "all"}, "guards": {"deletions": 10, "deletionsPercent": 30}}, []),
    ],
)
def test_settings(before: dict[str, Any] | None, after: dict[str, Any] | None, expected: list[str]) -> None:
    assert shifts(before, after) == expected


def test_settings_are_not_judged_on_an_empty_state() -> None:
    assert [line for line in shifts(None, {"guards": {"deletions": 99}}, empty=True) if "guard" in line] == []


@pytest.mark.parametrize(
    ("was", "will", "expected"),
    [
        (True, False, ["weaker protection: protected -> not protected [Group/desk]"]),
        (False, True, ["stronger protection: not protected -> protected [Group/desk]"]),
        (True, True, []),
    ],
)
def test_protection(was: bool, will: bool, expected: list[str]) -> None:
    current = state(COMPANY)
    record = current.records[Address("Group", "desk")]
    before, after = (replace(record, metadata={**record.metadata, "protected": each}) for each in (was, will))
    ground = PlanInputs(current.world, current.world, Snapshot("line-1", 1, current.records), Facts(NOW), REGISTRY)
    assert said(compare_control([Change(record.address, Action.UPDATE, "", before, after)], ground)) == expected


def test_a_type_that_is_renamed_is_compared_with_what_it_was() -> None:
    after = COMPANY.replace("metadata: {name: run}", "metadata: {name: start}").replace("quorum: 2", "quorum: 1")
    stored, desired = state(COMPANY), state(after)
    old, new = Address("ApprovalType", "run"), Address("ApprovalType", "start")
    ask = Address("ApprovalProcess", "ask")
    changes = [
        Change(new, Action.NONE, "renamed", stored.records[old], desired.records[new], previous=old),
        Change(ask, Action.UPDATE, "", stored.records[ask], desired.records[ask]),
    ]
    ground = PlanInputs(stored.world, desired.world, Snapshot("line-1", 1, stored.records), Facts(NOW), REGISTRY)
    assert said(compare_control(changes, ground)) == [
        "weaker start/1 quorum: 2 of 3 people -> 1 of 3 people [ApprovalProcess/ask]"
    ]


def test_impact_follows_groups_servers_and_credentials() -> None:
    found = plan(COMPANY, COMPANY.replace("username: desk", "username: night")).impact
    assert [str(each) for each in (*found.tasks, *found.processes)] == ["EmailTask/notice", "ApprovalProcess/ask"]
    assert found.recipients == ("ida@example.com", "rosa@example.com", "tariq@example.com")
    assert (found.external_domains, found.requests) == ((), ())
    assert found.effects == ("mail waiting for SmtpServer/relay is tried again at once",)


def test_a_domain_mail_went_to_before_is_external_and_not_new() -> None:
    before = COMPANY.replace("tariq@example.com", "eve@example.net")
    found = plan(before, before.replace("subject: Notice", "subject: News")).impact
    assert (found.external_domains, found.new_external_domains) == (("example.net",), ())
