"""``POST operations/publications/{id}/replay``: give a held publication another try."""
