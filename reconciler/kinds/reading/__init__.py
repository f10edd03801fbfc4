"""From documents and stored records to resources, and back to what a person would write."""
