"""The exceptions of a certificate that cannot be read.

The library reads a certificate's parts when they are asked for, and its exceptions have no common
class: a part that it does not know is an error of its own, such as a name of X.400.
"""

from __future__ import annotations

from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

UNREADABLE: Final = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
