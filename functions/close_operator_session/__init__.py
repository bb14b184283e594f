"""``POST operations/session``: an operator signs out."""
