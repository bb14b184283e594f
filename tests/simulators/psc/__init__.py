"""The Pro Santé Connect simulator."""
