"""Common parts of stacks and functions."""
