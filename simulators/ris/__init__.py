"""A RIS: the cases of the national test plan, as messages."""
