"""How an approval moves: who may decide, how many must agree, and what follows from each thing that happens.

What lives here: the transition table and its moves, eligibility, quorum, what the outbox tells about a request's first
mails. What may not: I/O, clocks, templates and kinds; `now` and the people in question arrive as arguments.
"""
