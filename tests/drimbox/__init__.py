"""The domain library."""
