"""Stored state in one SQLite file.

What lives here: the SQL, the mapping between rows and values, and everything about opening, waiting for and damaging a
SQLite file. `connection.Database` is the one door: no other file opens a connection or begins a transaction.
"""
