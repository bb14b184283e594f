"""``POST exams/search``: a patient's exams in the DMP, for a professional."""
