"""A certificate request (PKCS #10, RFC 2986): its key alone is taken, once it has proved itself.

The names and the wishes of the request are ignored: the code says whose certificate it will be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from functions.drimbox.errors import BadRequest
from functions.drimbox.identity.issuing import DIGESTS
from functions.drimbox.identity.unreadable_certificate import UNREADABLE

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

MAX_PEM: Final = 16 * 1024
# API Gateway takes no other curves, and longer RSA keys serve nobody (ANSSI, RGS annexe B1).
_CURVES: Final = (ec.SECP256R1, ec.SECP384R1)
_RSA_BITS: Final = range(2048, 4096 + 1)
_EXPONENT: Final = 65537

RequestedKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey


def read_request(pem: object) -> RequestedKey:
    """The public key of one request in PEM, whose holder has signed the request.

    The key is of RSA, of 2048 to 4096 bits, or of the curves P-256 or P-384; the signature's digest
    is SHA-256 or longer. BadRequest ``/request`` for anything else.
    """
    if not isinstance(pem, str) or len(pem) > MAX_PEM or pem.count("-----BEGIN ") != 1:
        raise BadRequest("/request")
    try:
        request = x509.load_pem_x509_csr(pem.encode())
        key, digest = request.public_key(), request.signature_hash_algorithm
        is_proved = request.is_signature_valid
    except UNREADABLE:
        raise BadRequest("/request") from None
    if not (is_proved and isinstance(digest, DIGESTS)):
        raise BadRequest("/request")
    return _strong(key)


def _strong(key: CertificatePublicKeyTypes) -> RequestedKey:
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, _CURVES):
        return key
    if (
        isinstance(key, rsa.RSAPublicKey)
        and key.key_size in _RSA_BITS
        and key.public_numbers().e == _EXPONENT
    ):
        return key
    raise BadRequest("/request")


def encoded(key: CertificatePublicKeyTypes) -> bytes:
    """A public key as certificates hold it (SubjectPublicKeyInfo, DER)."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
