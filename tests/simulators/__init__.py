"""The simulators: each refusal of theirs has a test."""
