"""The feed check: a dry run of a message, for its sender."""
