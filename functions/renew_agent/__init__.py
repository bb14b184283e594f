"""The host ``in``, for an agent whose certificate of our own authority ends soon."""
