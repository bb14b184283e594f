"""Step 3 of a publication: the intent, the manifest and its signature."""
