"""The agents at the sites: the questions to them, their answers, and their last words."""
