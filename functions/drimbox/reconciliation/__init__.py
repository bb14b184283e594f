"""What our records, the site's PACS and the DMP say of each published study, compared."""
