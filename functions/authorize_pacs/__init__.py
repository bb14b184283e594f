"""Authorizer of the store route of ``db``: is this the tenant's own PACS?"""
