"""Jobs: one item, and messages that are lost, doubled or late."""
