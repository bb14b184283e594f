"""A tenant: its facts, and how its file is read."""
