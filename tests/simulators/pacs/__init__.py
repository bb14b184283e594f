"""The PACS simulator."""
