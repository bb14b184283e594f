"""The feed check: the receiver's own answer, in words."""
