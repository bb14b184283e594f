"""``POST check/context``: a dry run of a contextual call."""
