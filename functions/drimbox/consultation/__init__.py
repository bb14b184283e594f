"""Consultation: the professional's search of exams, and its answer."""
