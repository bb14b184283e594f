"""Step of a publication: its series are in the cache before the DMP is told."""
