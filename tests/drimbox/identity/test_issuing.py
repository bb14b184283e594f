"""functions.drimbox.identity.issuing: the issuer of a certificate, and its strength."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from functions.drimbox.identity.issuing import extension, has_signed, is_strong, may_issue
from tests.drimbox.peers.scenes import CA, LEAF, certificate, key, usage

ROOT = certificate("CN=root", "CN=root", key(1), key(1), extensions=CA)


def test_an_extension_or_none() -> None:
    assert extension(ROOT.extensions, x509.BasicConstraints) == CA[0]
    assert extension(ROOT.extensions, x509.KeyUsage) is None


@pytest.mark.parametrize(
    ("extensions", "expected"),
    [
        (CA, True),
        ((*CA, usage(key_cert_sign=True)), True),
        ((*CA, usage(crl_sign=True)), False),
        (LEAF, False),
        ((usage(key_cert_sign=True),), False),
        ((), False),
    ],
)
def test_an_authority_says_so(extensions: tuple[x509.ExtensionType, ...], expected: bool) -> None:
    one = certificate("CN=a", "CN=root", key(2), key(1), extensions=extensions)
    assert may_issue(one) is expected


def test_an_issuer_has_the_name_and_the_key() -> None:
    assert has_signed(ROOT, certificate("CN=a", "CN=root", key(2), key(1)))
    assert not has_signed(ROOT, certificate("CN=a", "CN=other", key(2), key(1)))
    assert not has_signed(ROOT, certificate("CN=a", "CN=root", key(2), key(2)))
    assert has_signed(ROOT, ROOT)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"own": key(2)}, True),
        ({"own": ec.generate_private_key(ec.SECP256R1())}, True),
        ({"own": ec.generate_private_key(ec.SECP256K1())}, False),
        ({"own": key(90)}, False),
        ({"own": key(2), "digest": hashes.SHA224()}, False),
    ],
)
def test_a_short_key_or_digest_is_not_strong(facts: dict[str, Any], expected: bool) -> None:
    own = facts.pop("own")
    assert is_strong(certificate("CN=a", "CN=root", own, key(1), **facts)) is expected


class Unread:
    """A certificate none of whose parts can be read."""

    def __getattribute__(self, name: str) -> Any:
        raise ValueError(name)


def test_a_certificate_that_cannot_be_read_has_no_property() -> None:
    unread: Any = Unread()
    assert not may_issue(unread)
    assert not is_strong(unread)
    assert not has_signed(ROOT, unread)
