"""Custom resource of the tenants' stacks: one tenant's file in the table."""
