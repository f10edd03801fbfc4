"""The kind EmailTask."""
