"""Fetch an opened exam from its site: the plan of the missing series, and each of them."""
