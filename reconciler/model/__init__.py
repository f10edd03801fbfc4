"""The values everything else speaks in: immutable, plain, without behaviour that touches the world.

What lives here: dataclasses and the pure functions that define their identity (how two people are compared, how a
digest is taken). What may not: I/O, clocks, random numbers, and any import of another package of ours.
"""
