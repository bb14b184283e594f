"""Authorizer of ``in``: is the client certificate one that this tenant declares?"""
