"""The types of fields that kinds share."""
