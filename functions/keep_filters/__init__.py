"""``operations/filters``: an operator's own filters of the queue."""
