"""``POST operations/publications/{id}/mend``: say which study is meant, or whose report it is."""
