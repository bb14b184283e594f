"""STOW-RS for the site's PACS: rejection notes (IHE IOCM)."""
