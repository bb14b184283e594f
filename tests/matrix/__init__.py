"""The authentication matrix: every route asked by everybody, and an oracle that says who may enter.

A cell is one request: certificate, token, tenant, resource, manifest, method, host, route. The
oracle is a table of its own, written from the rules and not from the code; the cells are played in
this process, behind the templates' own gateway, and over HTTP on the local stack.
"""
