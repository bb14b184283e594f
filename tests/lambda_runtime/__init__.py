"""``make test-lambda``: library and handlers on the Python that Lambda runs, not this machine's."""
