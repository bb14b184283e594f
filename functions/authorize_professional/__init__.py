"""Authorizer of ``db`` and ``vi``: is the bearer token active, and whose is it?"""
