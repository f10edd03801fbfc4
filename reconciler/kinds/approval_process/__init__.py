"""The kind ApprovalProcess."""
