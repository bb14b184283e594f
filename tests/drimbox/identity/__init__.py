"""Identities, certificates, tenants, tokens."""
