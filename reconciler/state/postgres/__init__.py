"""Stored state in a schema of a PostgreSQL database.

What lives here: the way to the server, connections, transactions, the lock, being told of changes, migrations. What may not: what
is stored in it, and why. `connection.Database` is the one door: no other file opens a connection or begins a transaction.
"""
