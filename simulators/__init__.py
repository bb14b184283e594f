"""The outside, written from the standards: imports nothing of ``functions`` or ``infra``."""
