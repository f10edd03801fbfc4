"""What a walled process says besides its answers, which are lines of JSON."""

READY = b"ready"
"""First of all: everything is imported, and every limit stands."""

ZONE = b"zone "
"""Before a name: it needs the data of this time zone."""
