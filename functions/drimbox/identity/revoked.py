"""The certificates that one authority took back, in a form that is small and quickly asked.

A list may name a million certificates, and an authorizer answers within milliseconds. So a list is
verified once (:mod:`revocation_refresh`) and kept as the sorted first eight bytes of the SHA-256 of
each serial number: 8 MB for a million, twenty comparisons for a question. Another certificate has
the eight bytes of a revoked one by a chance of 1 in 10**13, and is then refused.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cryptography import x509

_BYTES: Final = 8
_FORMAT: Final = 1
# How long a list serves after it should have been replaced, where one is required.
GRACE: Final = timedelta(hours=24)


class Revocation(StrEnum):
    """A deployment's demand on the lists: nothing, for want of addresses (``off``); that a
    certificate be refused which the last good list names (``known``); also that there be a list,
    in force or at most GRACE beyond its end (``required``)."""

    OFF = "off"
    KNOWN = "known"
    REQUIRED = "required"


@frozen
class RevokedCertificates:
    """The list of one authority (:func:`authority_id`), ``updated_at`` and ``next_at`` as it says.

    ``checked_at``: when it was last downloaded and verified. ``part``: the certificates that it is
    for, as :func:`functions.drimbox.identity.revocation_list.part_of` names them; None where the
    kept object is of before we noted them.
    """

    authority: str
    updated_at: datetime
    next_at: datetime
    checked_at: datetime
    digests: bytes = field(repr=False)
    part: str | None = None

    @property
    def count(self) -> int:
        """How many certificates it names."""
        return len(self.digests) // _BYTES

    def names(self, serial_number: int) -> bool:
        """Whether it names the certificate of that number."""
        wanted, low, high = _digest(serial_number), 0, self.count
        while low < high:
            middle = (low + high) // 2
            if self.digests[middle * _BYTES : (middle + 1) * _BYTES] < wanted:
                low = middle + 1
            else:
                high = middle
        return self.digests[low * _BYTES : (low + 1) * _BYTES] == wanted

    def encode(self) -> bytes:
        """One line of JSON, then the digests; :func:`decode` gives an equal value back."""
        facts = {
            "format": _FORMAT,
            "authority": self.authority,
            "updated_at": self.updated_at.isoformat(),
            "next_at": self.next_at.isoformat(),
            "checked_at": self.checked_at.isoformat(),
            "part": self.part,
        }
        return json.dumps(facts).encode() + b"\n" + self.digests


def decode(data: bytes) -> RevokedCertificates:
    """Read a kept list; StorageUnavailable when it is not one that we wrote."""
    head, _, digests = data.partition(b"\n")
    try:
        facts = json.loads(head)
        if facts["format"] != _FORMAT or len(digests) % _BYTES:
            raise ValueError("another form")
        updated_at, next_at, checked_at = (
            datetime.fromisoformat(facts[name]) for name in ("updated_at", "next_at", "checked_at")
        )
        part = facts.get("part")
        if not isinstance(part, str | None):
            raise TypeError("another form")
        return RevokedCertificates(
            str(facts["authority"]), updated_at, next_at, checked_at, digests, part
        )
    except (ValueError, LookupError, TypeError):
        raise StorageUnavailable("a kept revocation list cannot be read") from None


def digests_of(serial_numbers: Iterable[int]) -> bytes:
    """The form in which they are kept."""
    return b"".join(sorted({_digest(one) for one in serial_numbers}))


def authority_id(certificate: x509.Certificate) -> str:
    """The key of an authority, as hexadecimal SHA-256: two authorities may have one name."""
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(key).hexdigest()


def refusal(
    demanded: Revocation, kept: RevokedCertificates | None, serial_number: int, at: datetime
) -> str:
    """Why a certificate is refused, "" when it is not.

    ``kept`` is the last good list of its issuer, None when there never was one.
    """
    if kept is not None and kept.names(serial_number):
        return "revoked_certificate"
    holds = kept is not None and at <= kept.next_at + GRACE
    return "" if holds or demanded is not Revocation.REQUIRED else "revocation_unknown"


def _digest(serial_number: int) -> bytes:
    """A number below zero, which RFC 5280 4.1.2.2 bids us bear, is another than its positive."""
    number = abs(serial_number)
    sign = b"-" if serial_number < 0 else b""
    written = sign + number.to_bytes((number.bit_length() + 7) // 8, "big")
    return hashlib.sha256(written).digest()[:_BYTES]
