"""The operators' views and verbs: each checks its permission and leaves its audit record."""
