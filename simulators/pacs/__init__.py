"""A PACS: studies made for each case, in Orthanc or in a small DICOMweb server."""
