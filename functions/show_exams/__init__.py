"""``GET reading`` on ``vi``: the pages of a professional who is signed in."""
