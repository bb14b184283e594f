"""The audit's seals: one per tenant and closed UTC day, each naming the one before (0051)."""
