"""Identities: INS, parties, certificates, Pro Santé Connect, sign-in and sessions."""
