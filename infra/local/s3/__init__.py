"""S3 on this disk: objects are files, their facts are in SQLite, every signature is verified."""
