"""The command line: one file per command. Parse, call one operation, print a view, return an exit code.

What lives here: arguments, printing, and the one place that turns errors into exit codes (`main`). What may not: a decision
about mail, approvals or state. A command's module is imported when the command is asked for.
"""

from reconciler.cli.app import main

__all__ = ["main"]
