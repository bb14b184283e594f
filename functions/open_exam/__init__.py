"""``POST reading/{page}/open`` and ``…/progress`` on ``vi``: the document of opened exams."""
