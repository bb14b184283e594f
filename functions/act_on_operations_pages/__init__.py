"""``POST operations`` on ``vi``: what an operator does, by a form of the pages."""
