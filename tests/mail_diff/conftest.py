"""A small project whose mail changes: written, applied and planned on a real state, rendered in a real child."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from reconciler.model.configuration.change import MailDiff
from reconciler.model.configuration.plan import Plan
from reconciler.operations.configuration.apply_changes import ApplyOptions, apply_changes
from reconciler.operations.configuration.plan_changes import plan_changes
from reconciler.operations.configuration.preview_mail import Preview
from reconciler.operations.context.workspace import Workspace
from reconciler.wiring import open_workspace
from tests.support.manifests import Document, document, write, yaml_text

ASK_TEXT = "{{ request.requester }} asks: {{ request.subject }}\n\nDecide with care.\nRegards\n"
NOTE_TEXT = "Dear all,\n\nThe host {{ parameters.host }} rests.\n\nRegards\n{{ task.title }}\n"
NOTE_HTML = (
    "<html><head><style>p { color: navy }</style></head><body>\n<p>The host {{ parameters.host }} rests.</p>\n"
    '<p><a href="https://status.example.com/">Status</a></p>\n</body></html>\n'
)


def small() -> dict[str, Document]:
    """A server, a group, a task of its own and an approval with an activity and built-in outcomes; by address."""
    documents = [
        document("SmtpServer", "relay", {"uri": "smtp://localhost:25", "from": "Desk <desk@example.com>"}),
        document("Group", "ops", {"members": ["rosa@example.com", "tariq@example.com"]}),
        document("EmailTask", "notice", note(), title="Notice"),
        document("EmailTask", "ask", {"context": "approval", "subject": "Decide", "body": {"text": "ask.txt.j2"}}),
        document("ApprovalProcess", "manual", {"startActivity": "ask", "stages": [{"approvers": [{"group": "ops"}]}]}),
        document("ApprovalType", "door", {"process": "manual", "fields": {"door": {"required": True, "example": "4"}}}),
    ]
    return {f"{each['kind']}/{each['metadata']['name']}": each for each in documents}


def note(**spec: object) -> dict[str, object]:
    """The spec of a task in the context task, HTML and text."""
    body = {"html": "note.html.j2", "text": "note.txt.j2"}
    return {"to": [{"group": "ops"}], "subject": "Rest", "body": body, "parameters": {"host": "db-07"}, **spec}


@dataclass
class Project:
    """``documents`` and ``templates`` are edited, then applied or planned."""

    folder: Path
    workspace: Workspace
    documents: dict[str, Document] = field(default_factory=small)
    templates: dict[str, str] = field(
        default_factory=lambda: {"ask.txt.j2": ASK_TEXT, "note.txt.j2": NOTE_TEXT, "note.html.j2": NOTE_HTML}
    )

    def spec(self, address: str) -> dict[str, object]:
        found: dict[str, object] = self.documents[address]["spec"]
        return found

    def apply(self) -> None:
        self._write()
        apply_changes(self.workspace, ApplyOptions(confirm=lambda _: True, notice=lambda _: None))

    def plan(self, preview: Preview = Preview.SOME) -> Plan:
        self._write()
        return plan_changes(self.workspace, preview=preview)

    def mails(self, preview: Preview = Preview.SOME) -> list[tuple[str, MailDiff]]:
        """Every mail diff with the address of the change it is told under."""
        return [(str(c.address), message) for c in self.plan(preview).changes for message in c.messages]

    def edit(self, template: str, old: str, new: str) -> None:
        assert old in self.templates[template]
        self.templates[template] = self.templates[template].replace(old, new)

    def _write(self) -> None:
        write(self.folder / "manifests", {"all.yaml": yaml_text(list(self.documents.values()))})
        for name, text in self.templates.items():
            path = self.folder / "templates" / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """The small project, applied."""
    made = Project(tmp_path, open_workspace(tmp_path, None, {}))
    made.apply()
    return made
