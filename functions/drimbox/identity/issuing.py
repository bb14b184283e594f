"""The issuer of a certificate, and the strength of its key and signature.

A certificate that cannot be read is issued by nobody, issues nothing, and is not strong.
"""

from __future__ import annotations

from typing import Final, TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from functions.drimbox.identity.unreadable_certificate import UNREADABLE

# RSA below 2048 bits, and other curves than NIST's, are not for us (ANSSI, RGS annexe B1).
_LEAST_RSA_BITS: Final = 2048
_CURVES: Final = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
DIGESTS: Final = (hashes.SHA256, hashes.SHA384, hashes.SHA512)

_Extension = TypeVar("_Extension", bound=x509.ExtensionType)


def extension(extensions: x509.Extensions, kind: type[_Extension]) -> _Extension | None:
    """The extension of that kind, None when there is none."""
    try:
        return extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def may_issue(authority: x509.Certificate) -> bool:
    """Whether it is an authority's, whose key signs certificates (RFC 5280 4.2.1.3, 4.2.1.9)."""
    try:
        extensions = authority.extensions
    except UNREADABLE:
        return False
    usage = extension(extensions, x509.KeyUsage)
    limits = extension(extensions, x509.BasicConstraints)
    return limits is not None and limits.ca and (usage is None or usage.key_cert_sign)


def has_signed(authority: x509.Certificate, certificate: x509.Certificate) -> bool:
    """Whether the key of ``authority`` signed ``certificate``, in the name that it bears."""
    try:
        certificate.verify_directly_issued_by(authority)
    except (*UNREADABLE, InvalidSignature):
        return False
    return True


def is_strong(certificate: x509.Certificate) -> bool:
    """Whether its key and its signature's digest are long enough."""
    try:
        key, digest = certificate.public_key(), certificate.signature_hash_algorithm
    except UNREADABLE:
        return False
    strong = (isinstance(key, rsa.RSAPublicKey) and key.key_size >= _LEAST_RSA_BITS) or (
        isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, _CURVES)
    )
    return strong and isinstance(digest, DIGESTS)
