"""Step 1 of a publication: take the study for this message, or say why not."""
