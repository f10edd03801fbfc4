"""The root command and the one place where errors become exit codes."""

from __future__ import annotations

import errno
import gc
import importlib
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence

import click
from click.core import ParameterSource
from click.shell_completion import CompletionItem, shell_complete

from reconciler import __version__
from reconciler.cli.next_step import say_error
from reconciler.cli.settings import COMPLETION, CommandGroup, Settings, echo, root_options, wants_json
from reconciler.model.errors import EnvironmentFault, ReconcilerError, UserError
from reconciler.views.diagnostics import FAILURE, describe_error

COMMANDS = {
    "init": "Make a new project.",
    "validate": "Check the manifests and templates; talk to nothing.",
    "fmt": "Lay out the YAML files of the project.",
    "plan": "Show what apply would change.",
    "apply": "Make stored state what the manifests ask for.",
    "destroy": "Delete every applied resource of this project.",
    "show": "Print applied resources.",
    "access": "Print who may approve what.",
    "history": "List what was applied, by whom and when.",
    "rollback": "Apply an earlier revision again.",
    "export": "Write what is applied as manifests.",
    "why": "Show where each value of a resource comes from.",
    "graph": "Draw resources and what they name.",
    "render": "Write the mail of a task as it would look.",
    "send": "Send the mail of a task now.",
    "run": "Do what has come due: send mail, ask approvers, expire requests.",
    "approvals": "Request, list, show, approve, deny, cancel.",
    "deliveries": "List and show messages and what became of them.",
    "status": "Tell whether anything needs a person.",
    "suspend": "Stop a server, task, process or type for a while.",
    "resume": "Lift a suspension.",
    "audit": "List and verify the journal.",
    "state": "Look after the state itself.",
    "explain": "Tell what a kind or a field is for.",
    "schema": "Print the JSON Schema of manifests, for editors.",
    "completion": "Print the script that completes commands in a shell.",
    "demo": "Watch the whole product work, on this machine alone.",
}
"""Every command with its short help; ``reconciler.cli.commands.NAME`` is imported when NAME is asked for."""


class _Commands(CommandGroup):
    """A group whose commands are modules, imported one at a time: `plan` does not pay for `demo`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        # Loaded on demand: the commands together import libraries worth several hundred milliseconds.
        module = importlib.import_module(f"reconciler.cli.commands.{cmd_name}")
        command: click.Command = module.command
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        found = [CompletionItem(name, help=said) for name, said in COMMANDS.items() if name.startswith(incomplete)]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]  # not a group's: it loads every command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="reconciler", message="%(prog)s %(version)s")
@root_options
@click.pass_context
def root(ctx: click.Context) -> int:
    """Mail and approvals as code.

    YAML manifests declare SMTP servers, e-mail tasks and approval processes. `plan` shows what a change would do, `apply`
    makes it so in one transaction, and what was applied then runs.

    \b
    A first walk:
      reconciler demo                       watch all of it work, on this machine alone
      reconciler init                       make a project of your own
      reconciler validate                   check manifests/ and templates/
      reconciler plan                       see what would change
      reconciler apply                      make it so
      reconciler approvals request TYPE --requester you@example.com --reason "why"
      reconciler run                        send what is due, until stopped
    """
    if ctx.invoked_subcommand is None:
        echo(ctx.get_help())
    return 0


class Interrupted(ReconcilerError):
    """Somebody pressed Ctrl-C. What was committed until then stands; nothing is ever half done."""

    exit_code = 130
    code = "interrupted"


_YOUNG = 20_000
"""Objects after which cycles are looked for. What a command reads lives to its end: looking at it more often is a third of the
time a large project takes."""


def main(arguments: Sequence[str] | None = None) -> None:
    """The entry point: run the command line and leave the process with its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if sys.stdout is None:  # `>&-`: a file opened later would take its place and get what is printed
        fault = EnvironmentFault("There is no standard output", "It is closed; nothing was done.", "Use > /dev/null.")
        echo(describe_error(fault), err=True)
        sys.exit(fault.exit_code)
    gc.set_threshold(_YOUNG)
    code = run(given)
    _flush()
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run one command line; the exit code. Nothing is raised."""
    if COMPLETION in os.environ:
        return _complete(os.environ[COMPLETION])
    settings = Settings()
    try:
        _require_text(arguments)
        outcome = root.main(args=arguments, prog_name="reconciler", standalone_mode=False, obj=settings)
        return outcome if isinstance(outcome, int) else 0
    except click.ClickException as error:
        return _fail(arguments, _usage(error))
    except ReconcilerError as error:
        return _fail(arguments, say_error(error, settings))
    except (KeyboardInterrupt, click.Abort):
        return _fail(arguments, Interrupted("Interrupted"))
    except (BrokenPipeError, SystemExit):  # click makes the second of the first, and of nothing else
        _discard_output()
        return 141
    except OSError as error:
        return _output_failed(error) if _is_of_output(error) else _fail(arguments, _bug(error))
    except Exception as error:  # the last resort: a bug of ours never shows a traceback
        return _fail(arguments, _bug(error))


def _complete(asked: str) -> int:
    """Answer a shell while a person types: where there is no answer, with nothing rather than with a fault."""
    try:
        return shell_complete(root, {"obj": Settings()}, "reconciler", COMPLETION, asked)
    except Exception:
        return 1


def _require_text(arguments: list[str]) -> None:
    """Refuse bytes that no text has, once for all commands: they can be neither stored nor sent, nor looked for."""
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError:
            shown = argument.encode(errors="backslashreplace").decode()
            raise UserError(
                "An argument is not valid text",
                f"“{shown}” holds bytes that are not UTF-8.",
                "Type it again; where it comes from a file or a script, convert that to UTF-8.",
            ) from None


def _fail(arguments: list[str], error: ReconcilerError) -> int:
    try:
        if wants_json(arguments):
            echo(FAILURE.text(error))
        else:
            echo(describe_error(error), err=True)
    except OSError:  # nobody can be told; the exit code tells all the same
        _discard_output()
    return error.exit_code


def _is_of_output(error: OSError) -> bool:
    """Whether our own output cannot be written, as in `reconciler show > file` on a full disk.

    What concerns a file was translated where it was opened, and names the file; our output has no name here.
    """
    return error.filename is None and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def _output_failed(error: OSError) -> int:
    """Said on standard error whatever the format is: the other stream is the one that failed."""
    _discard_output()
    fault = EnvironmentFault(
        "The output could not be written",
        f"The system says: {error.strerror}. What the command had done until then stands.",
        "Send the output elsewhere and run the command again; `reconciler plan` tells what is left to apply.",
    )
    echo(describe_error(fault), err=True)
    return fault.exit_code


def _usage(error: click.ClickException) -> UserError:
    """Wrong usage is exit 1 here, not click's 2: 2 means that a plan has changes."""
    hint = ""
    if isinstance(error, click.UsageError) and error.ctx is not None:
        hint = f"See: {error.ctx.command_path} --help"
    return UserError("Wrong usage", f"{error.format_message()}{_origin(error)}", hint)


def _origin(error: click.ClickException) -> str:
    """Where a value comes from that nobody typed."""
    if not isinstance(error, click.BadParameter) or error.param is None or error.ctx is None:
        return ""
    heard = error.ctx.get_parameter_source(error.param.name or "") is ParameterSource.ENVIRONMENT
    return f" The value comes from the variable {error.param.envvar}." if heard else ""


def _bug(error: Exception) -> ReconcilerError:
    """Write the traceback to a file only its owner can read, and say where."""
    descriptor, path = tempfile.mkstemp(prefix=time.strftime("reconciler-%Y%m%d-%H%M%S-"), suffix=".log")
    with os.fdopen(descriptor, "w", encoding="utf-8") as log:
        log.write(f"reconciler {__version__}, Python {sys.version}\n\n")
        log.write("".join(traceback.format_exception(error)))
    failure = ReconcilerError(
        "Something went wrong that should not be possible",
        f"{type(error).__name__}: this is a bug in reconciler.",
        f"The details are in {path}. Please report it with that file, after reading it.",
    )
    failure.exit_code = 70
    failure.code = "bug"
    return failure


def _flush() -> None:
    try:
        sys.stdout.flush()
    except OSError:
        _discard_output()


def _discard_output() -> None:
    """The reader of our output is gone: what is still buffered goes nowhere, quietly."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
