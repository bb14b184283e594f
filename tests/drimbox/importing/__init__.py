"""The import of an exam into the site's own PACS."""
