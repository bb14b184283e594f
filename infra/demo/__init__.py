"""``make run`` and its companions."""
