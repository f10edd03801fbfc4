"""Stored state: snapshots of resources, requests, the outbox, the journal, the lock.

`protocols` is what operations see, and `stored` implements it once, on any store: each verb is a rule (`rules`) in one
transaction on narrow tables (`tables`). `sql` has these tables in SQL; a folder per backend has what one database alone needs.
Only `model` is imported: stored specs are plain data, and what names a kind is told from outside.
"""
