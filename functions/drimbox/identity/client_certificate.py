"""A client's certificate, read and bound to a declared identity: its subject and its issuer.

The TLS end checks the chain and the key's possession, against the authorities of all tenants
together: any of them may issue any subject. So the certificate that it accepted is compared here
with a declared subject and with the authorities of that one tenant. Its usage, key and dates are
checked here too. Nothing here puts a value of a certificate into an exception.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from functions.drimbox.errors import ConfigurationError, NotAuthenticated
from functions.drimbox.identity.distinguished_name import CanonicalName, canonical, canonical_name
from functions.drimbox.identity.issuing import extension, has_signed, is_strong, may_issue
from functions.drimbox.identity.unreadable_certificate import UNREADABLE
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from datetime import datetime

    from functions.drimbox.ports import Clock

MAX_PEM: Final = 16 * 1024


@frozen
class ClientCertificate:
    """``serial_number`` is lower-case hexadecimal; the dates are UTC."""

    certificate: x509.Certificate = field(repr=False)
    subject: CanonicalName
    serial_number: str
    not_before: datetime
    not_after: datetime

    def __repr__(self) -> str:
        return "ClientCertificate(…)"

    def issuer_among(self, issuer: str, authorities: str, clock: Clock) -> x509.Certificate | None:
        """The authority of that name, one of ``authorities``, that has signed it; None if none.

        ``issuer`` is RFC 4514 text, ``authorities`` PEM certificates of authorities that issue to
        clients. One outside its dates, or that may not sign certificates, issues nothing. Raises
        ConfigurationError when ``authorities`` is no list of certificates.
        """
        wanted = canonical_name(issuer)
        return next(
            (
                one
                for one in read_authorities(authorities)
                if _is_named(one, wanted)
                and may_issue(one)
                and _in_time(one, clock.now())
                and has_signed(one, self.certificate)
            ),
            None,
        )


def read_certificate(pem: str, clock: Clock) -> ClientCertificate:
    """The one certificate of ``pem`` (``clientCertPem``), valid now and made for a TLS client.

    Raises NotAuthenticated when it is not exactly one readable certificate, has no subject, the
    present is not between its dates (both included, RFC 5280 4.1.2.5), its extended usage does not
    say ``clientAuth``, or its key or its signature is weak.
    """
    certificate = _load(pem)
    _require_usage(certificate)
    if not is_strong(certificate):
        raise NotAuthenticated("client certificate with a weak key or signature")
    found = ClientCertificate(
        certificate=certificate,
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
    except UNREADABLE:
        raise NotAuthenticated("unreadable client certificate") from None
    if certificate.serial_number <= 0:  # RFC 5280 4.1.2.2
        raise NotAuthenticated("client certificate without a usable serial number")
    return certificate


def _require_usage(certificate: x509.Certificate) -> None:
    """A certificate that does not say its use, says it twice or is an authority's is refused."""
    try:
        extensions = certificate.extensions
        extended = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (*UNREADABLE, x509.ExtensionNotFound):
        raise NotAuthenticated("client certificate without a readable usage") from None
    usage = extension(extensions, x509.KeyUsage)
    limits = extension(extensions, x509.BasicConstraints)
    if (
        ExtendedKeyUsageOID.CLIENT_AUTH not in extended
        or (usage is not None and not usage.digital_signature)
        or (limits is not None and limits.ca)
    ):
        raise NotAuthenticated("client certificate for another usage")


def read_authorities(pem: str) -> tuple[x509.Certificate, ...]:
    """The authorities of a bundle; ConfigurationError when it is none."""
    try:
        return tuple(x509.load_pem_x509_certificates(pem.encode()))
    except UNREADABLE:
        raise ConfigurationError("the authorities of clients are not PEM certificates") from None


def _is_named(authority: x509.Certificate, wanted: CanonicalName) -> bool:
    try:
        return canonical(authority.subject) == wanted
    except UNREADABLE:
        return False


def _in_time(authority: x509.Certificate, at: datetime) -> bool:
    return authority.not_valid_before_utc <= at <= authority.not_valid_after_utc


def _certificate_subject(certificate: x509.Certificate) -> CanonicalName:
    try:
        return canonical(certificate.subject)
    except UNREADABLE:
        raise NotAuthenticated("client certificate without a usable subject") from None
