"""``POST operations/check`` on ``vi``: what would become of a pasted message."""
