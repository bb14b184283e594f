"""``GET operations/…`` of ``in``: what an operator's program may read."""
