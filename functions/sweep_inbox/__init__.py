"""Every half hour: a message whose turn never came is queued again; no forgotten body stays."""
