"""The DICOM KOS manifest: built and read, and the key image notes that shape it."""
