"""MLLP in: the site's RIS sends HL7 v2 over TCP, and is acknowledged once a message is safe."""
