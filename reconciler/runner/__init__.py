"""The runner: calls the operations when work is due.

What lives here: waiting, waking and stopping. What may not: what is done when something is due.
"""
