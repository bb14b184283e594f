"""``POST hl7v2/uploads``: an address for a large message."""
