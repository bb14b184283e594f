"""Fetch one series from the PACS into the study cache."""
