"""A rendered mail as bytes: headers and MIME."""
