"""The other sites."""
