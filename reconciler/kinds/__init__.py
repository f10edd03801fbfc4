"""The kinds: a folder per kind holds all that is particular to it.

What lives here: per kind its `spec` (the fields, importable by all) and its `kind` (references, checks, mail, effects; its
manual as the module docstring), the protocol they obey (`protocol`), the shared field types (`fields`), decoding
(`reading`), who sends which mail (`mail`) and the explicit `registry`. What may not: I/O, and one kind importing more of
another than its spec.
"""
