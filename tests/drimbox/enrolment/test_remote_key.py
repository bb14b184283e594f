"""functions.drimbox.enrolment.remote_key: a key that signs, and stays in its store."""

from __future__ import annotations

from copy import copy, deepcopy

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from tests.drimbox.enrolment.scenes import KEY, remote

STORED = remote(KEY)


def test_its_store_signs() -> None:
    signature = STORED.sign(bytearray(b"data"), ec.ECDSA(hashes.SHA256()))
    KEY.public_key().verify(signature, b"data", ec.ECDSA(hashes.SHA256()))
    assert STORED.key_size == 256
    assert STORED.curve.name == "secp256r1"
    assert STORED.public_key() == KEY.public_key()


def test_it_signs_with_one_digest() -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        STORED.sign(b"data", ec.ECDSA(hashes.SHA384()))


def test_it_stays_in_its_store() -> None:
    with pytest.raises(NotImplementedError):
        STORED.exchange(ec.ECDH(), KEY.public_key())
    with pytest.raises(NotImplementedError):
        STORED.private_numbers()
    with pytest.raises(NotImplementedError):
        STORED.private_bytes("PEM", "PKCS8", "none")
    assert copy(STORED) is STORED
    assert deepcopy(STORED) is STORED
