"""Every hour, and by hand: the reconciliation of the tenants whose turn it is."""
