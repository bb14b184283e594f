"""Exams opened by a professional: asked of the site that made them, kept for the session alone."""
