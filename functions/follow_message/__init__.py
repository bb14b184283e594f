"""``GET hl7v2/messages/{message}``: the state of a sender's own message."""
