"""``POST operations/publications/{id}/withdraw``: take its manifest out of the DMP."""
