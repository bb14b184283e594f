"""Installs the independent judges and runs the suite: ``make test``."""
