"""Every half hour: an accepted message whose turn never came is queued again."""
