"""``POST operations`` on ``vi``: the operators' verbs, by forms of the pages."""
