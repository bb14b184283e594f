"""Reconciliation: compares each published study in our records, the site's PACS and the DMP."""
