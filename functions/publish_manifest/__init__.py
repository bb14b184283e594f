"""Step 4 of a publication: make the DMP say it, exactly once."""
