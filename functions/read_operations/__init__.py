"""``GET operations/…`` of ``in``: the views for an operator's program."""
