"""The kinds: one file per kind holds all that is particular to it.

What lives here: a file per kind (schema, references, checks, mail, effects; its manual as the module docstring), the
protocol they obey (`kind`), the shared field types (`fields`), decoding (`decode`), the set of resources a kind may look
at (`world`) and the explicit `registry`. What may not: I/O, and one kind's file importing another's.
"""
