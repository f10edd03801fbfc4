"""Mail servers to try things on: one that takes and keeps mail, one that misbehaves to order.

What lives here: real servers on 127.0.0.1 that stop when their ``with`` block ends. What may not: anything that sends mail on.
aiosmtpd and asyncio are imported in `capture` alone. `reconciler demo` runs against the capture server.
"""
