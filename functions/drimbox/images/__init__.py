"""Images: the PACS's DICOMweb client, WADO-RS answers, the study cache."""
