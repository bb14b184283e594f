"""A study's content: its index as the PACS gives it, that index as JSON, the SOP classes."""
