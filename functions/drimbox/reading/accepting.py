"""The forms of images that a site is asked for (DRIMbox: the network's own lists of syntaxes)."""

from __future__ import annotations

from typing import Final

# Transfer syntax and quality, of the network's list for images without loss. An image that exists
# in a lossy syntax alone comes in it.
_LOSSLESS: Final = (
    ("1.2.840.10008.1.2.4.70", "0.9"),
    ("1.2.840.10008.1.2.4.80", "0.8"),
    ("1.2.840.10008.1.2.4.91", "0.6"),
    ("1.2.840.10008.1.2.4.50", "0.5"),
    ("1.2.840.10008.1.2.4.51", "0.5"),
    ("1.2.840.10008.1.2.4.100", "0.5"),
    ("1.2.840.10008.1.2.4.101", "0.5"),
    ("1.2.840.10008.1.2.4.102", "0.5"),
    ("1.2.840.10008.1.2.4.103", "0.5"),
    ("1.2.840.10008.1.2.1", "0.4"),
)

LOSSLESS: Final = ", ".join(
    f'multipart/related; type="application/dicom";transfer-syntax={syntax};q={quality};boundary=**'
    for syntax, quality in _LOSSLESS
)
# For a site that holds another syntax still (RLE, JPEG 2000 lossless, HTJ2K) and answers 406.
ANY: Final = 'multipart/related; type="application/dicom";transfer-syntax=*'
