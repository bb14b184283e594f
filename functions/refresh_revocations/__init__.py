"""Lambda refresh_revocations: the revocation lists of the senders' authorities."""
