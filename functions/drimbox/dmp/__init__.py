"""The DMP: XDS metadata, signature (DSG), VIHF, SOAP/MTOM client, queries."""
