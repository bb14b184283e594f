"""``POST operations/…`` of ``in``: the changes by an operator's program."""
