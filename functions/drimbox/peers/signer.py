"""The signer of the national white list: a name, authorities, dates, and no revocation.

ANS renews the signer's certificate every three years, so that its name is declared and not the
certificate: the common name and the organizational unit, both. The authorities are declared too
(root and intermediates of IGC-Santé): the list's KeyInfo adds none.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.x509.oid import NameOID

from functions.drimbox.errors import ConfigurationError, WhiteListUnusable
from functions.drimbox.identity.issuing import extension, has_signed, is_strong, may_issue
from functions.drimbox.identity.unreadable_certificate import UNREADABLE
from functions.drimbox.peers import revocation
from functions.drimbox.peers.faults import Fault
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_LONGEST_CHAIN: Final = 5


@frozen
class Signer:
    """The declared signer. ``authorities`` is PEM: the root, and the intermediates below it."""

    common_name: str
    organizational_unit: str
    authorities: str


def require_signer(
    certificate: x509.Certificate,
    signer: Signer,
    lists: Sequence[x509.CertificateRevocationList],
    at: datetime,
) -> None:
    """The certificate is ``signer``'s, every one of its chain is in its dates and not revoked.

    Raises WhiteListUnusable: ``other_signer``, ``untrusted_signer``, ``signer_dates``,
    ``no_revocation_list`` or ``revoked_signer``; ConfigurationError when ``signer.authorities``
    cannot be read.
    """
    fault = _fault_of_signer(certificate, signer) or _fault_of_chain(
        certificate, _authorities(signer.authorities), lists, at
    )
    if fault is not None:
        raise WhiteListUnusable(fault)


def _fault_of_signer(certificate: x509.Certificate, signer: Signer) -> Fault | None:
    try:
        subject = certificate.subject
        signs = _signs_documents(certificate)
    except UNREADABLE:
        return Fault.OTHER_SIGNER
    wanted = {
        NameOID.COMMON_NAME: signer.common_name,
        NameOID.ORGANIZATIONAL_UNIT_NAME: signer.organizational_unit,
    }
    for kind, value in wanted.items():
        if [one.value for one in subject.get_attributes_for_oid(kind)] != [value]:
            return Fault.OTHER_SIGNER
    return None if signs and is_strong(certificate) else Fault.UNTRUSTED_SIGNER


def _signs_documents(certificate: x509.Certificate) -> bool:
    """It is no authority's, and its key usage, if any, permits signatures (RFC 5280 4.2.1.3)."""
    usage = extension(certificate.extensions, x509.KeyUsage)
    limits = extension(certificate.extensions, x509.BasicConstraints)
    return (limits is None or not limits.ca) and (
        usage is None or usage.digital_signature or usage.content_commitment
    )


@lru_cache(maxsize=2)
def _authorities(pem: str) -> tuple[x509.Certificate, ...]:
    try:
        return tuple(x509.load_pem_x509_certificates(pem.encode()))
    except UNREADABLE:
        raise ConfigurationError("the white list's authorities are not PEM certificates") from None


def _fault_of_chain(
    certificate: x509.Certificate,
    authorities: Sequence[x509.Certificate],
    lists: Sequence[x509.CertificateRevocationList],
    at: datetime,
    longest: int = _LONGEST_CHAIN,
) -> Fault | None:
    """None when one way to a self-signed authority holds; otherwise the fault of the last way."""
    if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        return Fault.SIGNER_DATES
    if certificate in authorities and has_signed(certificate, certificate):
        return None  # a root: nobody but the configuration can take it back
    found: Fault | None = Fault.UNTRUSTED_SIGNER
    for issuer in authorities if longest else ():
        if may_issue(issuer) and is_strong(issuer) and has_signed(issuer, certificate):
            found = revocation.fault_of(certificate, issuer, lists, at) or _fault_of_chain(
                issuer, authorities, lists, at, longest - 1
            )
            if found is None:
                break
    return found
