"""Delivery: how frozen bytes reach a mail server.

What lives here: the transport protocol, SMTP, and the file transport that writes ``.eml``. What may not: what a mail says,
whether it is still wanted, when to try again. smtplib is imported in `smtp` alone.
"""
