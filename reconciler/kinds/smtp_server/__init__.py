"""The kind SmtpServer."""
