"""Step 2 of a publication: the study as the PACS holds it now."""
