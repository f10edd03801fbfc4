"""What came of sending: what a reply means, and when to try again."""
