"""``POST hl7v2``: take responsibility for a message, then acknowledge it."""
