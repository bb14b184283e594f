"""Every rule on a good template and on broken ones."""
