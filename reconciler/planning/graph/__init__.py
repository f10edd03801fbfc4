"""What depends on what: references, comparison, order and renames."""
