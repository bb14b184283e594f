"""``make bench``: what the product does, measured beside what a user would take instead."""
