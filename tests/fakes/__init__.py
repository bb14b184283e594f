"""The ports in memory, a site with its PACS and DMP, AWS by moto."""
