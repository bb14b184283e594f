"""The pages of the feed check: the form for a message, and the result."""
