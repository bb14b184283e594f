"""Tests of each step of the publication."""
