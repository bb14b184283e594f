"""``POST operations/publications/{id}/replay``, or ``operations/causes/{reason}/replay``."""
