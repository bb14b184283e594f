"""Last step of a publication: archive what the DMP holds now, forget what it held."""
