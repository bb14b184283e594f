"""``POST reading/{page}/authorization`` on ``vi``: the patient's authorisation, by one click."""
