"""Ends the jobs that no agent of a site could do."""
