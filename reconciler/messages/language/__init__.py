"""Jinja with walls: filters, tests, limits and the sandbox in which templates are rendered."""
