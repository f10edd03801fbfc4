"""A kind of the tests' own: all a kind needs is these two files, and a line in the registry."""
