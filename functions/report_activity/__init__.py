"""``GET operations/activity``: counters by day, and how long publications take."""
