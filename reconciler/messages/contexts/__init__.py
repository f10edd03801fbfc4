"""What templates are given: contexts, the types of their values, and the samples a plan is shown on."""
