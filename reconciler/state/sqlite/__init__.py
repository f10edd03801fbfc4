"""Stored state in one SQLite file.

What lives here: opening, waiting for, copying, upgrading and damaging a SQLite file. `connection.Database` is the one door: no
other file opens a connection or begins a transaction. What may not: what is stored in it, and why.
"""
