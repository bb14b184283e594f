"""The PACS client, WADO-RS, the cache; Orthanc as PACS."""
