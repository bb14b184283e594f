"""Certificate revocation lists (RFC 5280 5 and 6.3): the form of one, and its authority.

Only a complete list of the authority itself says that a certificate is not revoked. A delta, a list
of another authority's certificates or of some reasons alone does not. The dates are the caller's.
"""

from __future__ import annotations

import hashlib
from typing import Final

from cryptography import x509

from functions.drimbox.identity.issuing import DIGESTS, extension
from functions.drimbox.identity.unreadable_certificate import UNREADABLE

# The extensions of a list that are understood here; another critical one makes it useless.
_UNDERSTOOD: Final = (
    x509.CRLNumber,
    x509.AuthorityKeyIdentifier,
    x509.IssuingDistributionPoint,
)


def load_list(file: bytes) -> x509.CertificateRevocationList | None:
    """The list of a file in DER or PEM, None for a file that is neither."""
    load = x509.load_pem_x509_crl if file.startswith(b"-----BEGIN") else x509.load_der_x509_crl
    try:
        return load(file)
    except UNREADABLE:
        return None


def is_list_of(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    """Whether ``issuer`` signed the list, in its own name, by a strong digest."""
    try:
        return (
            crl.issuer == issuer.subject
            and isinstance(crl.signature_hash_algorithm, DIGESTS)
            and _may_sign_lists(issuer)
            and crl.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
        )
    except (*UNREADABLE, TypeError):
        return False


def is_whole(crl: x509.CertificateRevocationList, *, of_authorities: bool = False) -> bool:
    """Whether it names every revoked certificate of its issuer: those of clients and signers, or
    ``of_authorities``."""
    try:
        extensions = crl.extensions
    except UNREADABLE:
        return False
    if any(one.critical and not isinstance(one.value, _UNDERSTOOD) for one in extensions):
        return False
    scope = extension(extensions, x509.IssuingDistributionPoint)
    return scope is None or not (
        scope.indirect_crl
        or scope.only_some_reasons
        or scope.only_contains_attribute_certs
        or (scope.only_contains_user_certs and of_authorities)
        or (scope.only_contains_ca_certs and not of_authorities)
    )


def part_of(crl: x509.CertificateRevocationList) -> str:
    """A short name of the part of the certificates that a whole list is for, "" for all of them.

    An authority may split its list by distribution point (RFC 5280 5.2.5): a list that names one is
    perhaps for the certificates alone that name the same. Raises as ``crl.extensions`` does.
    """
    scope = extension(crl.extensions, x509.IssuingDistributionPoint)
    point = scope and (scope.full_name or scope.relative_name)
    names = sorted(map(repr, point or ()))
    if not names:
        return ""
    return hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]


def _may_sign_lists(issuer: x509.Certificate) -> bool:
    usage = extension(issuer.extensions, x509.KeyUsage)
    return usage is None or usage.crl_sign
