"""``POST hl7v2/check``: a dry run of a message."""
