"""A company's project of about thirty resources, every field of every kind in use somewhere, as plain data."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trustme

from tests.support.manifests import Document, document, write

ENVIRONMENT = "production"


@dataclass(repr=False)
class Company:
    """What stands in a project's folder. ``files`` and ``overlays``: documents by file name; ``templates``: text by name."""

    project: Document
    files: dict[str, list[Document]]
    overlays: dict[str, list[Document]]
    templates: dict[str, str]
    certificates: tuple[str, ...] = field(default=("ca.pem", "other.pem"))

    def __repr__(self) -> str:
        return f"a company of {len(list(self.documents()))} resources"

    def documents(self) -> Iterator[Document]:
        """Every resource, the project's aside."""
        for each in self.files.values():
            yield from each

    def names(self) -> list[str]:
        """Of every resource, once."""
        return sorted({name for each in self.documents() if (name := each["metadata"].get("name"))})

    def write(self, folder: Path) -> None:
        """Make these the files of the project; what else the folder holds stays."""
        shutil.rmtree(folder / "templates", ignore_errors=True)
        for name, text in self.templates.items():
            path = folder / "templates" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        write(folder / "manifests", {name: _yaml(documents) for name, documents in self.files.items()})
        write(folder / "overlays", {name: _yaml(documents) for name, documents in self.overlays.items()})
        (folder / "reconciler.yaml").write_text(_yaml([self.project]), encoding="utf-8")


def write_certificates(folder: Path, names: tuple[str, ...]) -> None:
    """One authority for each name."""
    (folder / "certs").mkdir(parents=True)
    for name in names:
        trustme.CA().cert_pem.write_to_path(str(folder / "certs" / name))


def _yaml(documents: list[Document]) -> str:
    return "\n---\n".join(json.dumps(each, ensure_ascii=False, indent=1) for each in documents) + "\n"


def company() -> Company:
    """The project as it is applied."""
    return Company(_project(), _files(), _overlays(), dict(_TEMPLATES))


def _project() -> Document:
    spec = {
        "domains": ["example.com", "corp.example.com"],
        "timezone": "Europe/Berlin",
        "language": "en",
        "defaults": {"smtpServer": "relay"},
        "guards": {"deletions": 8, "deletionsPercent": 40},
        "onAmbiguous": "resend",
        "owners": [{"name": "payments", "prefix": "payments-"}, {"name": "desk", "path": "manifests"}],
        "environments": {
            "staging": {
                "mail": {"deliver": "redirect", "redirectTo": "staging@example.com", "subjectPrefix": "[STAGING]"},
                "vars": {"relayHost": "mail.staging.example.com"},
            },
            ENVIRONMENT: {
                "mail": {"deliver": "all", "allow": ["*@qa.example.com"]},
                "overlays": ["overlays"],
                "vars": {"relayHost": "mail.corp.example.com", "desk": "desk@example.com"},
            },
        },
    }
    return document("Project", "example-corp", spec, title="Example Corp")


def _files() -> dict[str, list[Document]]:
    return {
        "mail.yaml": [*_servers(), *_logins()],
        "people.yaml": _groups(),
        "approvals/tasks.yaml": _approval_tasks(),
        "approvals/processes.yaml": [*_processes(), *_types()],
        "tasks.yaml": _tasks(),
    }


def _overlays() -> dict[str, list[Document]]:
    return {"production.yaml": [document("SmtpServer", "relay", {"limits": {"connections": 8}})]}


def _servers() -> list[Document]:
    relay = {
        "uri": "smtp://${vars.relayHost}:25",
        "from": "Privilege Desk <desk@example.com>",
        "envelopeFrom": "bounces@example.com",
        "tls": {"ca": "certs/ca.pem", "serverName": "mail.corp.example.com", "minVersion": "1.3", "verify": True},
        "limits": {"connections": 2, "messagesPerConnection": 50},
        "timeouts": {"connect": "20s", "command": "2m", "data": "5m"},
    }
    provider = {
        "uri": "smtps://smtp.provider.example.net",
        "from": "no-reply@example.com",
        "credential": "provider-login",
    }
    local = {
        "uri": "smtp://127.0.0.1:2525",
        "from": "desk@example.com",
        "helo": "desk.example.com",
        "tls": {"mode": "none"},
    }
    return [
        document("SmtpServer", "relay", relay, title="Corporate relay", protected=True),
        document("SmtpServer", "provider", provider, title="Provider", labels={"team": "mail", "tier": "2"}),
        document("SmtpServer", "local", local),
    ]


def _logins() -> list[Document]:
    return [
        document("Credential", "provider-login", {"username": "no-reply", "password": {"secret": "provider"}}),
        document("Credential", "spare-login", {"username": "spare", "password": {"secret": "spare"}}),
    ]


def _groups() -> list[Document]:
    members: dict[str, list[Any]] = {
        "service-desk": ["rosa@example.com", "Tariq Aziz <tariq@example.com>", "bo@example.com"],
        "server-owners": ["ida@example.com", "omar@example.com", "lea@example.com"],
        "security": ["vera@example.com", "kim@example.com", "jan@example.com"],
        "finance-leads": ["eva@example.com", "max@example.com", "ana@example.org"],
        "administrators": [{"group": "security"}, "ida@example.com"],
        "oncall": ["oncall@example.com", {"group": "administrators"}],
    }
    return [
        document("Group", name, {"members": who}, title=name.replace("-", " ").capitalize())
        for name, who in members.items()
    ]


def _approval_tasks() -> list[Document]:
    words: dict[str, dict[str, Any]] = {
        "send-new-approval": {
            "subject": "{{ request.requester }} asks: {{ request.subject }}",
            "body": {"html": "approvals/ask.html.j2", "text": "approvals/ask.txt.j2"},
            "replyTo": "desk@example.com",
        },
        "ask-briefly": {
            "subject": "{{ request.subject }} on {{ fields.host }}?",
            "body": {"text": "approvals/ask.txt.j2"},
        },
        "tell-outcome": {"subject": "{{ request.state | capitalize }}", "body": {"html": "approvals/outcome.html.j2"}},
        "tell-denied": {"body": "Denied: {{ request.subject }}\n{{ parameters.contact }}\n"},
        "tell-expired": {"subject": "Nobody decided", "smtpServer": "provider"},
    }
    words["tell-denied"]["parameters"] = {"contact": "desk@example.com"}
    return [document("EmailTask", name, {"context": "approval", **spec}) for name, spec in words.items()]


def _processes() -> list[Document]:
    desk = {
        "smtpServer": "relay",
        "startActivity": "send-new-approval",
        "completedActivity": {"approved": "tell-outcome", "denied": "tell-denied", "expired": "tell-expired"},
        "stages": [{"name": "desk", "approvers": [{"group": "service-desk"}], "quorum": 1, "expireAfter": "3d"}],
        "selfApproval": False,
        "requireReason": True,
        "requireComment": "on-deny",
    }
    owners = {
        "startActivity": "ask-briefly",
        "completedActivity": "tell-outcome",
        "stages": [{"approvers": [{"group": "server-owners"}, "vera@example.com"], "quorum": 2}],
    }
    finance = {"stages": [{"approvers": [{"group": "finance-leads"}], "quorum": "all"}], "requireComment": "always"}
    return [
        document("ApprovalProcess", "manual-email", desk, title="Manual Approval Process with E-mail Alerts"),
        document("ApprovalProcess", "owners", owners),
        document("ApprovalProcess", "payments-four-eyes", finance, labels={"team": "finance"}),
    ]


def _types() -> list[Document]:
    run = {
        "process": "manual-email",
        "subject": "run {{ fields.fileName }} on {{ fields.computer }}",
        "fields": {
            "fileName": {"required": True, "title": "File", "example": "npp.exe"},
            "computer": {"required": True, "title": "Computer", "example": "PC-0114", "maxLength": 40},
            "policy": {"title": "Policy", "enum": ["known", "unknown"], "default": "unknown"},
        },
    }
    access = {"process": "owners", "fields": {"host": {"required": True}, "ticket": {"type": "url", "title": "Ticket"}}}
    payment = {
        "process": "payments-four-eyes",
        "fields": {
            "amount": {"type": "number", "required": True, "min": 0, "max": 100000, "example": 12500},
            "dueOn": {"type": "date", "example": "2026-12-01"},
            "urgent": {"type": "boolean", "default": False},
        },
    }
    return [
        document("ApprovalType", "run-application", run, title="Default Execute Application Request Type"),
        document("ApprovalType", "server-access", access, title="Server access"),
        document("ApprovalType", "payments-release", payment, title="Payment release"),
        document("ApprovalType", "plain", {"process": "manual-email"}),
    ]


def _tasks() -> list[Document]:
    licence = {
        "to": [{"group": "finance-leads"}, "auditor@audit.example.net"],
        "subject": "{{ parameters.product }}: licence ends {{ parameters.endsOn | date }}",
        "body": "Please renew {{ parameters.product }}. Contact: {{ parameters.contact }}.\n",
        "parameters": {
            "contact": "licences@example.com",
            "seats": 25,
            "product": {"required": True, "example": "Notepad++"},
            "endsOn": {"type": "date", "required": True, "example": "2027-03-31"},
        },
    }
    notice = {
        "context": "task",
        "smtpServer": "provider",
        "from": "Desk <desk@example.com>",
        "to": "all-staff@example.com",
        "cc": "rosa@example.com, tariq@example.com",
        "bcc": [{"group": "oncall"}],
        "replyTo": "desk@example.com",
        "subject": "Maintenance on Saturday",
        "body": {"html": "notices/maintenance.html.j2"},
        "expireAfter": "2d",
        "enabled": True,
    }
    rota = {"to": ["${vars.desk}"], "subject": "Rota", "body": {"text": "notices/rota.txt.j2"}}
    return [
        document("EmailTask", "licence-reminder", licence, title="Licence reminder"),
        document("EmailTask", "maintenance-notice", notice, title="Maintenance notice", description="Once a month."),
        document("EmailTask", "rota", rota),
        document("EmailTask", "payments-digest", {**rota, "subject": "Payments", "enabled": False}),
    ]


_TEMPLATES = {
    "layout.html.j2": (
        '<!doctype html><html lang="{{ language }}"><body>\n{% block content %}{% endblock %}\n'
        "<p>{{ task.title }} in {{ project.title }}{% if environment %}, {{ environment }}{% endif %}</p>\n</body></html>\n"
    ),
    "approvals/ask.html.j2": (
        '{% extends "layout.html.j2" %}\n{% block content %}<h1>{{ request.requester }} asks: {{ request.subject }}</h1>\n'
        "<blockquote>{{ request.reason }}</blockquote>\n"
        "{% if request.requester.external %}<p>From outside.</p>{% endif %}\n"
        "<p>Decide until {{ stage.expiresAt | datetime }}.</p>\n{% endblock %}\n"
    ),
    "approvals/ask.txt.j2": (
        "{{ request.requester }} asks: {{ request.subject }}\nWhy: {{ request.reason }}\n"
        "{% for d in request.details %}{{ d.title }}: {{ d.text }}\n{% endfor %}\n"
        "Decide until {{ stage.expiresAt | datetime }}.\n"
    ),
    "approvals/outcome.html.j2": (
        '{% extends "layout.html.j2" %}\n{% block content %}<h1>{{ request.subject }}: {{ request.state }}</h1>\n'
        "{% if decision %}<p>{{ decision.person }}: {{ decision.comment }}</p>{% endif %}{% endblock %}\n"
    ),
    "notices/maintenance.html.j2": (
        '{% extends "layout.html.j2" %}\n{% block content %}<p>Approvals may be slow.</p>\n'
        '{% include "notices/signature.html.j2" %}{% endblock %}\n'
    ),
    "notices/signature.html.j2": "<p>The desk</p>\n",
    "notices/rota.txt.j2": "This week: rosa.\nNext week: tariq.\n",
    "spare.txt.j2": "Words that nothing uses yet.\n",
}
