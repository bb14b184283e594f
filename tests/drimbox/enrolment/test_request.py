"""functions.drimbox.enrolment.request: the key of a certificate request, and nothing else of it."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.enrolment.request import MAX_PEM, encoded, read_request
from functions.drimbox.errors import BadRequest
from tests.drimbox.enrolment.scenes import request

P256 = ec.generate_private_key(ec.SECP256R1())
P384 = ec.generate_private_key(ec.SECP384R1())
RSA = rsa.generate_private_key(65537, 2048)
ASKED = request(P256)


@pytest.mark.parametrize("key", [P256, P384, RSA])
def test_the_key_of_a_proved_request_is_taken(key: ec.EllipticCurvePrivateKey) -> None:
    assert encoded(read_request(request(key))) == encoded(key.public_key())


def another_key() -> str:
    """The request of one key, with another one in its place: its signature proves nothing."""
    der = bytearray(x509.load_pem_x509_csr(ASKED.encode()).public_bytes(Encoding.DER))
    other = ec.generate_private_key(ec.SECP256R1())
    mine, yours = encoded(P256.public_key())[-65:], encoded(other.public_key())[-65:]
    at = der.index(mine)
    der[at : at + 65] = yours
    return x509.load_der_x509_csr(bytes(der)).public_bytes(Encoding.PEM).decode()


@pytest.mark.parametrize(
    "pem",
    [
        another_key(),
        request(ec.generate_private_key(ec.SECP521R1())),
        request(ec.generate_private_key(ec.SECP256K1())),
        request(rsa.generate_private_key(65537, 1024)),  # noqa: S505  # it is refused
        request(rsa.generate_private_key(3, 2048)),
        request(ed25519.Ed25519PrivateKey.generate(), digest=None),
        request(P256, digest=hashes.SHA224),
        ASKED + ASKED,
        ASKED.replace("CERTIFICATE REQUEST", "CERTIFICATE"),
        ASKED + " " * MAX_PEM,
        ASKED[:200],
        "",
        None,
        7,
    ],
)
def test_any_other_request_is_refused(pem: object) -> None:
    with pytest.raises(BadRequest, match="/request"):
        read_request(pem)


@given(st.text())
def test_no_text_raises_anything_else(text: str) -> None:
    with pytest.raises(BadRequest):
        read_request("-----BEGIN CERTIFICATE REQUEST-----\n" + text)
