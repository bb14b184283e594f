"""The Accept headers by which a site is asked for images (DRIMbox: the network's own lists of
syntaxes). ``images.negotiation`` reads those of the sites that ask us.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from functions.drimbox.tenants.model import ImageQuality

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Transfer syntax and quality, of the network's two lists: images without loss, and images to be
# looked at. An image that exists in another form alone comes in it, with either list.
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

_VIEWING: Final = (
    ("1.2.840.10008.1.2.4.50", "0.9"),
    ("1.2.840.10008.1.2.4.51", "0.9"),
    ("1.2.840.10008.1.2.4.70", "0.6"),
    ("1.2.840.10008.1.2.4.80", "0.5"),
    ("1.2.840.10008.1.2.4.91", "0.5"),
    ("1.2.840.10008.1.2.4.100", "0.5"),
    ("1.2.840.10008.1.2.4.101", "0.5"),
    ("1.2.840.10008.1.2.4.102", "0.5"),
    ("1.2.840.10008.1.2.4.103", "0.5"),
    ("1.2.840.10008.1.2.1", "0.4"),
)


def _accept(forms: Iterable[tuple[str, str]]) -> str:
    return ", ".join(
        'multipart/related; type="application/dicom";'
        f"transfer-syntax={syntax};q={quality};boundary=**"
        for syntax, quality in forms
    )


ACCEPTS: Final[Mapping[ImageQuality, str]] = {
    ImageQuality.LOSSLESS: _accept(_LOSSLESS),
    ImageQuality.VIEWING: _accept(_VIEWING),
}
LOSSLESS: Final = ACCEPTS[ImageQuality.LOSSLESS]
# For a site that holds another syntax still (RLE, JPEG 2000 lossless, HTJ2K) and answers 406.
ANY: Final = 'multipart/related; type="application/dicom";transfer-syntax=*'
