"""The kind Project."""
