"""``GET operations/sign-in``: send an operator to the identity provider."""
