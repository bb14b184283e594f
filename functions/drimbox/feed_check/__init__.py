"""The feed check: what would become of a message, told to who would send it."""
