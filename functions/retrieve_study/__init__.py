"""WADO-RS for other DRIMboxes."""
