"""The spool: messages that the site has acknowledged while the cloud was away, on the disk."""
