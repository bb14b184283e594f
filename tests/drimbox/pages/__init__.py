"""Web pages: the kit, and each kind of page."""
