"""A plan for its readers: its sections, and the formats they are written in."""
