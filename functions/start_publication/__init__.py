"""Consumer of the queue: one execution per message and study."""
