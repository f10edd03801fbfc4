"""The kind ApprovalType."""
