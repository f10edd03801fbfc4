"""Requests: made, decided, moved when they come due, shown."""
