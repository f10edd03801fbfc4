"""Stored state: snapshots of resources, requests, the outbox, the journal, the lock.

What lives here: the protocols (`protocols`) and one folder per backend. What may not: a decision about what should
happen. Every write is one value handed to one method and is one transaction with one journal entry. Only `model` is
imported; stored specs are plain data.
"""
