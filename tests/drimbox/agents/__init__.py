"""The agents at the sites: the questions to them, and their words."""
