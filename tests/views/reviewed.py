"""A plan with everything a reviewer looks for: guards, control, impact, mail diffs, suspensions."""

from __future__ import annotations

from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import FieldChange, LastUse, MailDiff
from reconciler.model.configuration.control import ControlChange, Shift
from reconciler.model.configuration.guard import Guard, GuardId
from reconciler.model.configuration.plan import Impact
from reconciler.model.configuration.suspension import Suspension
from reconciler.model.diagnostic import Place, make_warning
from tests.views.samples import NEW_BODY, OLD_BODY, create, delete, later, plan, update

PROCESS = Address("ApprovalProcess", "manual-email")
TASK = Address("EmailTask", "weekly")

MAIL = MailDiff(
    TASK,
    "typical",
    "task",
    "Rosa <rosa@example.com>, group service-desk",
    "The figures of the week",
    True,
    "--- before\n+++ after\n@@ -1,3 +1,3 @@\n-Subject: Figures of the week\n+Subject: The figures of the week\n"
    " To: rosa@example.com\n"
    " \n@@ text @@\n Hello,\n-They are attached.\n+They stand below.\n",
    "<p>Hello,</p><p>They are attached.</p>",
    "<p>Hello,</p><p>They stand <b>below</b>.</p>",
    (Address("EmailTask", "monthly"), Address("EmailTask", "yearly")),
)

SAME = MailDiff(
    Address("EmailTask", "welcome"),
    "typical",
    "task",
    "new@example.com",
    "Welcome",
    False,
    "",
    "<p>Hi</p>",
    "<p>Hi</p>",
)

REVIEWED = plan(
    update(
        str(PROCESS),
        "spec changed: stages",
        FieldChange("/spec/stages/0/quorum", 2, 1),
        FieldChange(
            "/spec/stages/0/approvers",
            ["rosa@example.com", {"group": "desk"}],
            ["rosa@example.com", "pat@partner.example"],
            ("pat@partner.example",),
            ({"group": "desk"},),
        ),
        title="Manual Approval Process with E-mail Alerts",
    ),
    update(
        "EmailTask/weekly",
        "spec changed: subject; template changed: weekly.html.j2",
        FieldChange("/spec/subject", "Figures of the week", "The figures of the week"),
        FieldChange("/spec/body", OLD_BODY, NEW_BODY),
        title="Weekly report",
        messages=(MAIL,),
    ),
    update("EmailTask/welcome", "template changed: layout.html.j2", title="Welcome", messages=(SAME,)),
    create("Group/night", stated={"/spec/members": ["lena@example.org"]}),
    delete("Group/old", "Old desk"),
    delete("EmailTask/weekly", last_use=LastUse(later(days=-3))),
    environment="production",
    guards=(
        Guard(
            GuardId.WEAKENING,
            PROCESS,
            "Stage 1 of manual-email needs 1 of 2 approvals instead of 2 of 2.",
            numbers={"before": 2, "after": 1},
        ),
        Guard(GuardId.DELETIONS, None, "1 of 3 resources would be deleted (33 %).", numbers={"deleted": 1, "of": 3}),
        Guard(GuardId.PROTECTED, Address("Group", "old"), "Group/old is protected.", "acknowledgements.yaml:3:3"),
    ),
    control=(
        ControlChange(
            "run-application",
            "1",
            "approvers",
            "Rosa <rosa@example.com>, tariq@example.com (through group desk)",
            "Rosa <rosa@example.com>, pat@partner.example (external)",
            Shift.WEAKER,
            PROCESS,
        ),
        ControlChange("run-application", "1", "quorum", "2", "1", Shift.WEAKER, PROCESS),
        ControlChange("", "", "TLS", "verified", "verified, 1.3", Shift.STRONGER, Address("SmtpServer", "relay")),
    ),
    impact=Impact(
        tasks=(TASK, Address("EmailTask", "welcome")),
        processes=(PROCESS,),
        recipients=("lena@example.org", "pat@partner.example", "rosa@example.com"),
        external_domains=("example.org", "partner.example"),
        new_external_domains=("partner.example",),
        requests=("req_01jq3v8k2n5t7w", "req_01jq3v8k2n5t7x"),
        effects=("pending requests look again at whom to ask (ApprovalProcess/manual-email changed)",),
    ),
    suspensions=(Suspension(TASK, "sam@desk-1", later(days=-1), "wrong figures", later(days=3), "it sends nothing"),),
    diagnostics=(
        make_warning(
            "Certificate not verified",
            "Anybody between here and the server can read the mail.",
            Place("manifests/mail.yaml", 4, 11),
            Address("SmtpServer", "relay"),
            "Remove tls.verify, or name the authority in tls.ca.",
        ),
    ),
)
