"""Web pages: the kit that they are made of, and a package for each kind of page."""
