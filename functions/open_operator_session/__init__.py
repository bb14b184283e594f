"""``GET operations/session``: an operator comes back from the identity provider."""
