"""The DICOM KOS manifest: built, read, and the study index that it is built from."""
