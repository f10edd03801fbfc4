"""Roles with the rights that docs/postgresql.md lists, and with fewer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from reconciler.testkit.capture import CaptureServer
from tests.crash.project import here, keep_in, opened, write_approval, write_new, write_old
from tests.state.test_journal_and_lock import MINE
from tests.support.postgres import Server

DOCUMENT = Path(__file__).parents[2] / "docs" / "postgresql.md"
APPLY = ("apply", "--auto-approve", "--allow", "deletions")


@dataclass(frozen=True)
class Roles:
    """The roles of the manual under names of their own, on a schema of its own in which nothing is made yet."""

    server: Server
    schema: str

    def sql(self, number: int) -> list[str]:
        """The statements of a block of the manual."""
        block = re.findall(r"```sql\n(.+?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)[number]
        named = re.sub(r"reconciler_(\w+)", lambda found: self.name(found[1]), block)
        named = re.sub(r"\breconciler\b", self.schema, named)
        return [statement for statement in named.split(";") if statement.strip()]

    def name(self, role: str) -> str:
        return f"{self.schema}_{role}"

    def url(self, role: str) -> str:
        return self.server.url(user=self.name(role), schema=self.schema)

    def grant(self) -> None:
        """As the owner, what the manual says."""
        import psycopg

        with psycopg.connect(self.server.url(user=self.name("owner")), autocommit=True) as connection:
            for statement in self.sql(1):
                connection.execute(statement.encode())

    def drop(self) -> None:
        for role in ("owner", "worker", "reader"):
            self.server.run(f"DROP OWNED BY {self.name(role)} CASCADE", f"DROP ROLE {self.name(role)}")


@pytest.fixture
def roles(postgres: Server, postgres_url: str) -> Iterator[Roles]:
    made = Roles(postgres, postgres_url.rpartition("schema=")[2])
    postgres.run(*made.sql(0))
    yield made
    made.drop()


@pytest.fixture
def project(roles: Roles, tmp_path: Path) -> Path:
    """A state that its owner has made; the worker is who uses it."""
    folder = keep_in(write_old(tmp_path / "project"), roles.url("worker"))
    succeed(folder, "--state", roles.url("owner"), "state", "init")
    return folder


def succeed(folder: Path, *words: str) -> str:
    code, text = here(folder, *words)
    assert code == 0, text
    return text


def require_no_right(folder: Path, *words: str) -> None:
    code, text = here(folder, *words)
    assert code == 1 and "cannot be used: the role lacks a right" in text, text
    assert "docs/postgresql.md" in text and "Traceback" not in text, text


def test_the_listed_rights_are_enough_for_all_daily_work(roles: Roles, project: Path, silent_port: int) -> None:
    roles.grant()
    succeed(project, *APPLY)
    with CaptureServer() as mails:
        write_approval(project, f"smtp://127.0.0.1:{silent_port}", ["rosa@example.com"])
        succeed(project, *APPLY)
        asked = succeed(
            project, "approvals", "request", "run-application", "--requester", "kim@example.org", "--reason", "Needed"
        )
        request = re.findall(r"req_\w+", asked)[0]
        succeed(project, "run", "--once")
        write_approval(project, mails.uri, ["rosa@example.com"])
        succeed(project, *APPLY)
        succeed(project, "run", "--once")
        succeed(project, "approvals", "approve", request, "--as", "rosa@example.com")
        succeed(project, "run", "--once")
        assert len(mails.mails) >= 2
    succeed(project, "suspend", "SmtpServer/relay", "--reason", "To test")
    succeed(project, "resume", "SmtpServer/relay")
    succeed(project, "state", "freeze", "--reason", "To test")
    succeed(project, "state", "thaw")
    with opened(project) as holder:
        assert holder.lock.acquire(MINE) is None
        succeed(project, "state", "unlock", MINE.token)
    write_new(project)
    succeed(project, *APPLY)
    succeed(project, "plan")
    succeed(project, "rollback", "1", "--auto-approve", "--allow", "deletions")
    succeed(project, "audit", "verify")


def test_who_only_reads_plans_and_shows_and_applies_nothing(roles: Roles, project: Path) -> None:
    roles.grant()
    succeed(project, *APPLY)
    keep_in(project, roles.url("reader"))
    assert "No changes" in succeed(project, "plan")
    assert "SmtpServer/relay" in succeed(project, "show")
    succeed(project, "audit", "verify")
    write_new(project)
    require_no_right(project, *APPLY)
    keep_in(project, roles.url("worker"))
    assert here(project, "plan", "--detailed-exitcode", "--allow", "deletions")[0] == 2


@pytest.mark.parametrize("words", [("plan",), ("show",), APPLY, ("run", "--once"), ("run",), ("state", "init")])
def test_who_may_not_use_the_schema_finds_no_empty_state(roles: Roles, project: Path, words: tuple[str, ...]) -> None:
    require_no_right(project, *words)


def test_a_right_that_is_taken_away_is_missed_at_once(roles: Roles, project: Path) -> None:
    roles.grant()
    succeed(project, *APPLY)
    roles.server.run(f"REVOKE SELECT ON {roles.schema}.resources FROM {roles.name('worker')}")
    require_no_right(project, "plan")
    write_new(project)
    require_no_right(project, *APPLY)


def test_who_may_make_no_schema_is_told_so(roles: Roles, tmp_path: Path) -> None:
    folder = keep_in(write_old(tmp_path / "project"), roles.server.url(user=roles.name("worker"), schema="not_there"))
    require_no_right(folder, *APPLY)
