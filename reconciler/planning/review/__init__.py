"""What a reviewer has to know: how far a plan reaches, who decides afterwards, what blocks it."""
