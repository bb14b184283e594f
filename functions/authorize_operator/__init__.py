"""Authorizer of the operator's pages on ``vi``: whose session does the cookie show?"""
