"""Whether an authority took a certificate of the white list's signer back (RFC 5280 6.3).

Only a complete list of the authority itself, in force at that time, says that a certificate is not
revoked (:mod:`functions.drimbox.identity.revocation_list`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509

from functions.drimbox.errors import WhiteListUnusable
from functions.drimbox.identity.issuing import extension
from functions.drimbox.identity.revocation_list import is_list_of, is_whole, load_list
from functions.drimbox.identity.unreadable_certificate import UNREADABLE
from functions.drimbox.peers.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime


def read_lists(files: Iterable[bytes]) -> tuple[x509.CertificateRevocationList, ...]:
    """Each file in DER or PEM; WhiteListUnusable ``no_revocation_list`` for one that is neither."""
    return tuple(_read(one) for one in files)


def fault_of(
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    lists: Sequence[x509.CertificateRevocationList],
    at: datetime,
) -> Fault | None:
    """None when a list of ``issuer`` in force at ``at`` does not name the certificate.

    Every entry revokes, one "on hold" too.
    """
    speaking = [one for one in lists if _speaks(one, certificate, issuer, at)]
    if not speaking:
        return Fault.NO_REVOCATION_LIST
    number = certificate.serial_number
    if any(one.get_revoked_certificate_by_serial_number(number) is not None for one in speaking):
        return Fault.REVOKED_SIGNER
    return None


def _read(file: bytes) -> x509.CertificateRevocationList:
    found = load_list(file)
    if found is None:
        raise WhiteListUnusable(Fault.NO_REVOCATION_LIST, "unreadable")
    return found


def _speaks(
    crl: x509.CertificateRevocationList,
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    at: datetime,
) -> bool:
    """Whether it is a complete list of ``issuer``, in force, about this kind of certificate."""
    try:
        end = crl.next_update_utc
        in_force = end is not None and crl.last_update_utc <= at <= end
        limits = extension(certificate.extensions, x509.BasicConstraints)
    except UNREADABLE:
        return False
    is_authority = limits is not None and limits.ca
    return in_force and is_list_of(crl, issuer) and is_whole(crl, of_authorities=is_authority)
