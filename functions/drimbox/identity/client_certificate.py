"""A client's certificate, read and bound to a declared identity: its subject and its dates.

The TLS end checks the chain, the key's possession and the usage. The certificate that it accepted
is compared here with a declared name: a tenant's sender, an operator of the national list.
Nothing here puts a value of a certificate into an exception.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509

from functions.drimbox.errors import NotAuthenticated
from functions.drimbox.identity.distinguished_name import CanonicalName, canonical
from functions.drimbox.ports import Clock

MAX_PEM: Final = 16 * 1024


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """``serial_number`` is lower-case hexadecimal; the dates are UTC."""

    subject: CanonicalName
    serial_number: str
    not_before: datetime
    not_after: datetime

    def __repr__(self) -> str:
        return "ClientCertificate(…)"


def read_certificate(pem: str, clock: Clock) -> ClientCertificate:
    """The one certificate of ``pem`` (``clientCertPem``), valid now.

    Raises NotAuthenticated when it is not exactly one readable certificate, has no subject, or
    the present is not between its dates (both included, RFC 5280 4.1.2.5).
    """
    certificate = _load(pem)
    found = ClientCertificate(
        subject=_certificate_subject(certificate),
        serial_number=f"{certificate.serial_number:x}",
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
    )
    if not found.not_before <= clock.now() <= found.not_after:
        raise NotAuthenticated("client certificate outside its dates")
    return found


def _load(pem: str) -> x509.Certificate:
    if len(pem) > MAX_PEM or pem.count("-----BEGIN ") != 1:
        raise NotAuthenticated("not exactly one client certificate")
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
    except (ValueError, x509.InvalidVersion):
        raise NotAuthenticated("unreadable client certificate") from None
    if certificate.serial_number <= 0:  # RFC 5280 4.1.2.2
        raise NotAuthenticated("client certificate without a usable serial number")
    return certificate


def _certificate_subject(certificate: x509.Certificate) -> CanonicalName:
    try:
        return canonical(certificate.subject)
    except ValueError:
        raise NotAuthenticated("client certificate without a usable subject") from None
