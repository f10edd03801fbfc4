"""``reconciler render``."""

from __future__ import annotations

from operator import itemgetter
from pathlib import Path

import click

from reconciler.cli.project import offer_applied_names, open_workspace_of
from reconciler.cli.settings import Settings, common_options, echo, option, pass_settings
from reconciler.kinds.email_task.spec import EmailTaskSpec
from reconciler.operations.authoring.render_task import RenderedSample, render_task, write_specimens
from reconciler.views.writing.escape import visible, visible_lines
from reconciler.views.writing.json_text import Key, document, list_of, shape, taken_from

RENDERED = document(
    "Mails as they would look",
    Key(
        "mails",
        list_of(
            shape(
                *taken_from(
                    itemgetter(0),
                    Key("label", str),
                    Key("sample", str),
                    Key("subject", str),
                    Key("text", str),
                    Key("html", str | None, "Null for a mail of text alone."),
                ),
                Key("eml", str | None, "The file.", take=itemgetter(1)),
            )
        ),
    ),
)


@click.command("render", short_help="Write the mail of a task as it would look.")
@click.argument("task", shell_complete=offer_applied_names(EmailTaskSpec.KIND))
@option(
    "--out", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Write .eml, .html and .txt here."
)
@common_options
@pass_settings
def command(settings: Settings, task: str, out: Path | None) -> int:
    """Show the mail of a task as it would look, from the manifests as they are now.

    Rendered on two samples: a typical one, and an awkward one (everything that may be missing is, and the rest is long or
    strange). TASK is an EmailTask, or the address of an ApprovalProcess for its built-in messages. With --out, each mail
    is written as subject, text, HTML and .eml; without it, the words are printed.

    \b
    Examples:
      reconciler render send-new-approval
      reconciler render send-new-approval --out rendered
      reconciler render ApprovalProcess/manual-email --out rendered
    """
    workspace = open_workspace_of(settings)
    specimens = render_task(workspace, task)
    written = write_specimens(workspace, specimens, out) if out else []
    if settings.json:
        echo(RENDERED.text(mails=[(each, str(out / f"{each.name}.eml") if out else None) for each in specimens]))
    elif out:
        for path in written:
            echo(str(path))
    else:
        echo("\n\n".join(_text(each) for each in specimens))
    return 0


def _text(specimen: RenderedSample) -> str:
    head = [f"── {visible(specimen.label)}, {specimen.sample} sample", f"Subject: {visible(specimen.subject)}", ""]
    return "\n".join([*head, *visible_lines(specimen.text)])
