"""Authorizer of ``in``: is the client certificate that of a declared sender of this tenant?"""
