"""Who is who: INS, OID, parties, certificates, tenants, Pro Santé Connect."""
