"""Last resort of every step of a publication: held, with a reason."""
