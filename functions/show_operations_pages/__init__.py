"""``GET operations`` on ``vi``: the operator's pages."""
