"""YAML as people write it: events, documents, layout, and edits that keep what they do not touch."""
