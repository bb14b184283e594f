"""``POST context`` and ``GET IHEInvokeImageDisplay`` on ``vi``: the way to a page of exams."""
