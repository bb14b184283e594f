"""The queue of ticks: wake the changes that wait outside the workflow."""
