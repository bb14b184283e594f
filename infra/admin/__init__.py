"""Commands that the platform's staff run by hand against a deployed account."""
