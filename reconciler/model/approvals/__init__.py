"""Values about approvals: requests, what people decided, and who is who."""
