"""X.509: a certificate's issuer, subject and permitted uses (RFC 5280, IGC-Santé)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self, TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import NameOID


class Untrusted(ValueError):
    """The certificate is not accepted; the message names the rule, never the certificate."""


def read_der(der: bytes) -> x509.Certificate:
    """A certificate from its DER bytes. Raises :class:`Untrusted`."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        certificate.subject  # noqa: B018 - the parser is lazy: names and extensions fail here
        certificate.extensions  # noqa: B018
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
        raise Untrusted("not a certificate") from error
    return certificate


@dataclass(frozen=True, slots=True)
class Authorities:
    """The certification authorities that are trusted, roots and intermediates alike."""

    certificates: Sequence[x509.Certificate]

    @classmethod
    def from_pem(cls, pem: bytes) -> Self:
        """Every certificate of a PEM file. Raises ValueError when there is none."""
        return cls(tuple(x509.load_pem_x509_certificates(pem)))

    def check(self, certificate: x509.Certificate, at: datetime) -> None:
        """Refuse a certificate that none of these authorities issued, or that is not valid at
        ``at`` (aware), or whose issuer was not. Raises :class:`Untrusted`."""
        if not _valid(certificate, at):
            raise Untrusted("the certificate is not valid now")
        issuers = [ca for ca in self.certificates if _issued(ca, certificate)]
        if not issuers:
            raise Untrusted("no trusted authority issued the certificate")
        if not any(_valid(ca, at) for ca in issuers):
            raise Untrusted("the issuing authority is not valid now")


def _valid(certificate: x509.Certificate, at: datetime) -> bool:
    return certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc


def _issued(ca: x509.Certificate, certificate: x509.Certificate) -> bool:
    constraints = _extension(ca, x509.BasicConstraints)
    if constraints is None or not constraints.ca:
        return False
    usage = _extension(ca, x509.KeyUsage)
    if usage is not None and not usage.key_cert_sign:
        return False
    try:
        certificate.verify_directly_issued_by(ca)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


_Extension = TypeVar("_Extension", bound=x509.ExtensionType)


def _extension(certificate: x509.Certificate, kind: type[_Extension]) -> _Extension | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def may_sign(certificate: x509.Certificate) -> bool:
    """True when KeyUsage is absent or allows digital signatures or non-repudiation."""
    usage = _extension(certificate, x509.KeyUsage)
    return usage is None or usage.digital_signature or usage.content_commitment


def structures(certificate: x509.Certificate) -> frozenset[str]:
    """The structure identifiers of the subject: its OU values (IGC-Santé, gamme élémentaire)."""
    attributes = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
    return frozenset(str(attribute.value) for attribute in attributes)


def same_name(text: str, name: x509.Name) -> bool:
    """True when ``text`` is ``name`` as RFC 4514 writes it (spaces around commas allowed)."""
    packed = re.sub(r"(?<!\\)\s*,\s*", ",", text.strip())
    try:
        return x509.Name.from_rfc4514_string(packed) == name
    except ValueError:
        return False
