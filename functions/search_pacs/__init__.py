"""``POST operations/publications/{publication}/pacs`` on ``vi``: a search of the site's PACS."""
