"""``GET operations/reconciliation``: what the last run has found."""
