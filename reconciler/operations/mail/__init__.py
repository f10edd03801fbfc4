"""Messages: written, sent, accounted for."""
