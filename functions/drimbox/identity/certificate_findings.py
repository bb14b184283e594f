"""The finding of a check of a certificate, as records and pages hold it.

``certificate_choice`` judges the certificates themselves. Those who read its verdicts need no
``cryptography``.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from datetime import datetime


class Use(StrEnum):
    """The two certificates of a structure; the value names the secret."""

    AUTH = "auth"
    SIGN = "sign"

    @property
    def kind(self) -> str:
        """IGC-Santé's name of it."""
        return {Use.AUTH: "ORG_AUTH_CLI", Use.SIGN: "ORG_SIGN"}[self]


class Fault(StrEnum):
    """Why a certificate cannot serve; ``wording.certificates.FAULTS`` says it in words."""

    ABSENT = "absent"
    UNREADABLE = "unreadable"
    KEY_MISMATCH = "key_mismatch"
    OTHER_STRUCTURE = "other_structure"
    WRONG_USAGE = "wrong_usage"
    UNTRUSTED = "untrusted"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"


@frozen
class CertificateFacts:
    """The public facts of a certificate.

    Names are RFC 4514 text; ``serial_number`` and ``sha256`` (of the DER) lower-case hexadecimal;
    the dates are UTC, both included.
    """

    subject: str
    issuer: str
    serial_number: str
    not_before: datetime
    not_after: datetime
    sha256: str


@frozen
class Judgement:
    """``facts`` is None when no certificate can be read; ``fault`` is None for a usable one."""

    facts: CertificateFacts | None
    fault: Fault | None

    def days_left(self, at: datetime) -> int:
        """Whole days until it ends; 0 for a certificate that cannot serve, except one that only
        waits for its date.
        """
        if self.facts is None or self.fault not in {None, Fault.NOT_YET_VALID}:
            return 0
        return max(0, (self.facts.not_after - at).days)


@frozen
class Found:
    """The finding of a check, and its time."""

    judgement: Judgement
    at: datetime


class FoundCertificates(Protocol):
    """The last check's finding for each certificate of one tenant; raises StorageUnavailable."""

    def get(self, holder: str, use: Use) -> Found | None:
        """None when it was not looked for yet."""
        ...
