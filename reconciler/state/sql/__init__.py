"""The tables in SQL that every backend understands, and rows as values.

What lives here: statements with named parameters (``:name``), and for each column both its directions. What may not: a driver
or what one database alone knows, which stands behind `statements.Connection`; and rules.
"""
