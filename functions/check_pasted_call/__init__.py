"""``POST operations/check/context`` on ``vi``: a dry run of a pasted contextual call."""
