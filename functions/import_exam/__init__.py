"""``POST reading/{page}/import`` on ``vi``: the preview of an import, its start, its state."""
