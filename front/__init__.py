"""The front for peers: nginx before ``db``, for DRIMboxes that follow no redirect."""
