"""Values become text and JSON: what people and pipelines read.

What lives here: one file per thing that is shown, each a set of functions from model values to a string or to plain data.
What may not: I/O, clocks, decisions. Everything that came from outside (manifests, servers, people) passes through
`writing.escape`, so that no data can move a cursor, hide behind another direction of writing or forge a line of ours. Texts
have no newline at the end, and colour only when asked.
"""
