"""The domain library: no AWS, no environment, no clock and no network of its own."""
