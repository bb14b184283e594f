"""The import of an exam made elsewhere into the site's own PACS."""
