"""``make bench``: measures the product beside the usual alternatives."""
