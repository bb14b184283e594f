"""``POST reading/{page}/exams`` on ``vi``: the state of the sites of a page's exams."""
