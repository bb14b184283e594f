"""Lambda seal_audit: one seal for each tenant and closed day of the audit."""
