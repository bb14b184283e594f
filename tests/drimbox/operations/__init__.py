"""The operators' views and verbs."""
