"""Tests of the changes that wait outside the workflow."""
