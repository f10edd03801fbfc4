"""Guards that somebody tries to walk around, in one plan or over several, each on what the last apply left in a real state."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from reconciler.model.configuration.address import Address
from reconciler.model.configuration.guard import Allowance, GuardId
from reconciler.model.configuration.plan import Plan
from reconciler.model.configuration.selector import SelectBy, Selector
from reconciler.model.errors import Blocked
from reconciler.operations.configuration.apply_changes import ApplyOptions, apply_changes
from reconciler.operations.configuration.plan_changes import plan_changes
from reconciler.operations.configuration.show_resources import show_access
from tests.project.conftest import Project

HEAD = "apiVersion: reconciler/v1\n"
RELAY = (
    HEAD + 'kind: SmtpServer\nmetadata: {name: relay}\nspec: {uri: "smtp://mail.example.com", from: desk@example.com}\n'
)
EVIL = HEAD + 'kind: SmtpServer\nmetadata: {name: evil}\nspec: {uri: "smtp://evil.example", from: x@evil.example}\n'
TASK = (
    HEAD
    + 'kind: EmailTask\nmetadata: {name: news}\nspec: {to: [rosa@example.com], smtpServer: relay, subject: S, body: "B"}\n'
)
ASK = (
    HEAD
    + "kind: ApprovalProcess\nmetadata: {name: ask}\nspec: {smtpServer: relay, stages: [{approvers: [{group: desk}]}]}\n---\n"
    + HEAD
    + "kind: ApprovalType\nmetadata: {name: run}\nspec: {process: ask}\n"
)
DESK = HEAD + "kind: Group\nmetadata: {name: desk}\nspec: {members: [rosa@example.com, {group: leads}]}\n"
LEADS = HEAD + "kind: Group\nmetadata: {name: leads}\nspec: {members: [ida@example.com]}\n"
COMPANY = {"relay": RELAY, "news": TASK, "ask": ASK, "desk": DESK, "leads": LEADS}

EVE = {"leads": LEADS.replace("ida@example.com", "ida@example.com, eve@evil.example")}


@dataclass
class Company:
    """A project whose first apply is through. ``None`` for a file: it is removed."""

    project: Project

    def edit(self, files: dict[str, str | None]) -> Plan:
        for name, text in files.items():
            folder = self.project.folder if "/" in name or name == "reconciler" else self.project.folder / "manifests"
            path = folder / f"{name}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            if text is not None:
                path.write_text(text)
        return self.plan()

    @property
    def env(self) -> str | None:
        path = self.project.folder / "reconciler.yaml"
        return "prod" if path.exists() and "environments" in path.read_text() else None

    def plan(self) -> Plan:
        return plan_changes(self.project.open(self.env))

    def apply(self, *allowed: Allowance) -> None:
        apply_changes(
            self.project.open(self.env),
            ApplyOptions(confirm=lambda _: True, notice=self.project.heard.append, allowed=allowed),
        )

    def outsiders(self) -> set[str]:
        found = show_access(self.project.open(self.env))
        people = [member for stage in found.stages for member in stage.people]
        return {member.mailbox.address for member in people if member.key in found.external}


@pytest.fixture
def company(tmp_path: Path) -> Company:
    made = Company(Project(tmp_path))
    assert blocked(made.edit(dict(COMPANY))) == []
    made.apply()
    return made


def blocked(plan: Plan) -> list[str]:
    return [str(each.address) for each in plan.guards if each.blocks and each.id is GuardId.WEAKENING]


def project(spec: str) -> str:
    return f"apiVersion: reconciler/v1\nkind: Project\nmetadata: {{name: mail}}\nspec: {spec}\n"


def test_a_server_and_then_an_approver_of_its_domain(company: Company) -> None:
    assert blocked(company.edit({"evil": EVIL})) == ["SmtpServer/evil"]
    with pytest.raises(Blocked):
        company.apply()
    both = company.edit(EVE)
    assert blocked(both) == ["Group/leads", "SmtpServer/evil"]
    assert "eve@evil.example (external, through desk > leads)" in str(both.control)
    assert both.impact.external_domains == ("evil.example",)
    company.edit({"evil": None})
    company.apply(Allowance(GuardId.WEAKENING, Address("Group", "leads")))
    assert company.outsiders() == {"eve@evil.example"}
    company.edit({"evil": EVIL})
    company.apply(Allowance(GuardId.WEAKENING, Address("SmtpServer", "evil")))
    assert company.outsiders() == set()
    assert blocked(company.edit({"leads": EVE["leads"].replace("eve@", "eve@evil.example, mallory@")})) == []


def test_an_overlay_and_a_variable_bring_a_domain(company: Company) -> None:
    def prod(more: str) -> str:
        return project(f"{{environments: {{prod: {{mail: {{deliver: all}}, {more}}}}}}}")

    relay = RELAY.replace("desk@example.com", '"desk@${vars.domain}"')
    assert blocked(company.edit({"reconciler": prod("vars: {domain: example.com}"), "relay": relay})) == []
    company.apply()
    assert blocked(company.edit({"reconciler": prod("vars: {domain: evil.example}")})) == ["SmtpServer/relay"]
    over = "kind: SmtpServer\nmetadata: {name: relay}\nspec: {from: desk@evil.example}\n"
    overlaid = {"reconciler": prod("overlays: [over], vars: {domain: example.com}"), "over/relay": over}
    assert blocked(company.edit(overlaid)) == ["SmtpServer/relay"]


HOST = EVIL.replace("x@evil.example", "x@example.com")
TO_EVIL = {"ask": ASK.replace("smtpServer: relay", "smtpServer: evil")}


def test_a_server_and_then_the_mail_to_approvers_through_it(company: Company) -> None:
    task = TASK.replace("name: news", "name: more").replace("smtpServer: relay", "smtpServer: evil")
    assert blocked(company.edit({"evil": HOST, "more": task})) == []
    company.apply()
    assert blocked(company.edit(TO_EVIL)) == ["ApprovalProcess/ask"]
    with pytest.raises(Blocked):
        company.apply()
    company.apply(Allowance(GuardId.WEAKENING, Address("ApprovalProcess", "ask")))
    assert company.plan().changes == ()


def test_a_target_does_not_go_around(company: Company) -> None:
    company.edit({"evil": HOST, **TO_EVIL})
    plan = plan_changes(company.project.open(), targets=(Selector(SelectBy.ADDRESS, "ApprovalProcess/ask"),))
    assert blocked(plan) == ["ApprovalProcess/ask"]
