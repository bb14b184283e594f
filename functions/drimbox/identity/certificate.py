"""Whose certificate this is: its subject compared as a name, not as a text, and its dates.

The TLS end checks the chain, the key's possession and the usage; here the certificate that it
accepted is bound to a declared identity: a tenant's sender, an operator of the national list.
Nothing here puts a value of a certificate into an exception.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID

from functions.drimbox.errors import NotAuthenticated
from functions.drimbox.ports import Clock

MAX_PEM: Final = 16 * 1024
MAX_NAME: Final = 1024

# Other spellings of attribute types, beside those of RFC 4514 3.
_SPELLINGS: Final = {
    "S": NameOID.STATE_OR_PROVINCE_NAME,
    "E": NameOID.EMAIL_ADDRESS,
    "EMAILADDRESS": NameOID.EMAIL_ADDRESS,
    "SERIALNUMBER": NameOID.SERIAL_NUMBER,
}
# An escaped character, or a separator and an attribute type with the spaces around, or a tail.
_LOOSE: Final = re.compile(r"(\\.)|(?:^\s*|\s*([,+])\s*)([A-Za-z0-9.-]+)\s*=\s*|\s+$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class CanonicalName:
    """A distinguished name ready to compare; equal names are the same party.

    ``rdns``: each relative name as sorted (type OID, prepared value) pairs, the whole sorted: the
    order in which the national list and the certificates write them varies. Values are prepared
    as RFC 5280 7.1 asks (RFC 4518: compatibility form, case, inner spaces). Never empty.
    """

    rdns: tuple[tuple[tuple[str, str], ...], ...]

    def __repr__(self) -> str:
        return "CanonicalName(…)"


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


def canonical_name(text: str) -> CanonicalName:
    """A name declared as RFC 4514 text (a tenant's sender, ``DNCertificatOperateur``).

    Also takes spaces around the separators and types in lower case, as people write them.
    Raises ValueError, without the value, for anything else, an empty name included.
    """
    if len(text) > MAX_NAME or "=#" in text:  # a value in hexadecimal: not for us
        raise ValueError("not a distinguished name of at most 1024 characters, in text")
    try:
        return _canonical(x509.Name.from_rfc4514_string(_strict(text), _SPELLINGS))
    except ValueError:
        raise ValueError("not a distinguished name") from None


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
        return _canonical(certificate.subject)
    except ValueError:
        raise NotAuthenticated("client certificate without a usable subject") from None


def _canonical(name: x509.Name) -> CanonicalName:
    rdns = tuple(
        sorted(
            tuple(sorted((one.oid.dotted_string, _prepared(one.value)) for one in rdn))
            for rdn in name.rdns
        )
    )
    if not rdns:
        raise ValueError("an empty name")
    return CanonicalName(rdns)


def _prepared(value: str | bytes) -> str:
    if isinstance(value, bytes):
        raise ValueError("a value that is not text")  # noqa: TRY004 ill-formed input, as any other
    prepared = " ".join(unicodedata.normalize("NFKC", value).casefold().split())
    if not prepared:
        raise ValueError("an empty value")
    return prepared


def _strict(text: str) -> str:
    """``text`` as RFC 4514 has it: no space around separators, attribute types in upper case."""

    def strict(found: re.Match[str]) -> str:
        escaped, separator, kind = found.groups()
        return escaped or (f"{separator or ''}{kind.upper()}=" if kind else "")

    return _LOOSE.sub(strict, text)
