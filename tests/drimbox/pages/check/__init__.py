"""The pages of the feed check."""
