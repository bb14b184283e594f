"""Tests of functions.drimbox.enrolment."""
