"""The index of a study, and its JSON."""
