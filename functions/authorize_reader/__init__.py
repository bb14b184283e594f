"""Authorizer of the reading pages on ``vi``: whose session does the cookie show?"""
