"""Tests that throw anything at the doors of the program, and everyday edits at a plan.

A target is one property test in ``tests/fuzz/test_NAME.py``: what it draws comes from hypothesis, ``@drawn(40)`` says how
many examples `make test` takes (the same each time; `make fuzz` takes many more, new ones), and ``with within():`` fails
what takes over 2 s of processor time or 300 MiB for one input. The door's own errors are caught by name; any other
exception is a finding, and becomes an ``@example`` beside the mended code. `tests/fuzz/within.py` shows one.

`make fuzz SECONDS=600` runs these and every other property test; `make fuzz SEED=N` repeats a round.
"""
