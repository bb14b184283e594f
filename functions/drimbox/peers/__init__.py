"""The other DRIMboxes: the national white list that names them (DRIM-M, « liste blanche »)."""
