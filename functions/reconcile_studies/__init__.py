"""One step of a reconciliation: a page of studies compared, and what is safe mended."""
