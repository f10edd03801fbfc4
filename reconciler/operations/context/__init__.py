"""What operations are given: the project, the backends, and what was applied."""
