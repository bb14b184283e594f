"""Changes that wait outside the workflow, and how they are woken (decision 0079)."""
