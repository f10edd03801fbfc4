"""The project's own files: settings, overlays, variables, owners, acknowledgements."""
