"""``POST operations/check`` on ``vi``: a dry run of a pasted message."""
