"""The type checker of templates: what it finds before anything is rendered."""
