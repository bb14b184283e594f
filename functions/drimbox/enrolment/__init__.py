"""How an agent at a site gets its certificate of our own authority, and how it loses it."""
