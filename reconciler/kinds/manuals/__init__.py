"""Manuals and JSON Schemas, told from the models of the specs."""
