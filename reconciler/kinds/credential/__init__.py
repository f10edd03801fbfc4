"""The kind Credential."""
