"""``GET operations/publications``: what waits for a human, and why."""
