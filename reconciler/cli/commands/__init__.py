"""One file per command: parse, call one operation, print a view, return an exit code."""
