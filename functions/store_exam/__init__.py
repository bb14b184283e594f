"""Store an opened exam in the site's PACS, part after part."""
