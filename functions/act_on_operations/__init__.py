"""``POST operations/…`` of ``in``: what an operator's program may change."""
