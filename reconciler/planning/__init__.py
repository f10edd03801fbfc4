"""From two states to a plan: resolve, diff, order, plan. Each step is a module and can be read alone.

What lives here: pure functions over records and resources. What may not: I/O, clocks, a concrete kind (the registry is
passed in), and anything that could write: a planner that holds no writer cannot write by accident.
"""
