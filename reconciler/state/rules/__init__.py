"""What a state must hold, whatever keeps it: plain Python over the tables of one transaction.

What lives here: what a commit, a move, a claim or a stop does to rows, and when it may not. What may not: SQL, a database, and
names of kinds: what rows name a kind says (`model.configuration.address`).
"""
