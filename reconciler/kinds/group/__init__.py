"""The kind Group."""
