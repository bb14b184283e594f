"""``POST hl7v2/check``: what would become of a message."""
