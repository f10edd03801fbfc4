"""Delivery: how frozen bytes reach a mail server.

What lives here: the transport protocol, and SMTP. What may not: what a mail says, whether it is still wanted, when to try
again. smtplib is imported in `smtp` alone.
"""
