"""One step of a reconciliation: it compares a page of studies, and makes the safe repairs."""
