"""``GET hl7v2/uploads/{upload}``: the acknowledgement of a large message."""
