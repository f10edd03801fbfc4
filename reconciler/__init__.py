"""Mail and approvals as code.

YAML manifests declare SMTP servers, e-mail tasks and approval processes; ``plan`` shows what a change would do,
``apply`` makes it so in one transaction, and what was applied then runs.

The packages are layers; ``docs/architecture.md`` says which may import which, and ``tests/architecture`` holds them to it.
"""

__version__ = "0.1.0"
