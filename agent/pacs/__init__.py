"""The site's archive: one port, and its adapters over DICOMweb and over DIMSE."""
