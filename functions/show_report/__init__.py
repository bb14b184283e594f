"""``POST reading/{page}/report`` on ``vi``: one report of a page's list."""
