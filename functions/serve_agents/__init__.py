"""The host ``in``, for the agents at the sites: a loan of credentials, the jobs, their answers."""
