"""One study of a tenant's PACS, for a function that holds keys and opens no PACS."""
