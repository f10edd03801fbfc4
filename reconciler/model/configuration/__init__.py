"""Values about what is configured: resources, what applies recorded of them, changes, plans and stops."""
