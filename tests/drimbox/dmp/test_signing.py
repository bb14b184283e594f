"""The two sets of algorithms, and the names of a certificate as XMLDSig writes them."""

from __future__ import annotations

import base64
import hashlib

import pytest

from functions.drimbox.dmp.signing import (
    ALGORITHM_SETS,
    SHA1,
    SHA256,
    AlgorithmSet,
    certificate_names,
)
from tests.drimbox.dmp import samples


@pytest.mark.parametrize(("name", "algorithms"), [("sha1", SHA1), ("sha256", SHA256)])
def test_a_set_digests_as_its_uris_say(name: str, algorithms: AlgorithmSet) -> None:
    assert ALGORITHM_SETS[name] is algorithms
    expected = base64.b64encode(hashlib.new(name, b"manifest").digest()).decode()
    assert algorithms.digest_of(b"manifest") == expected
    assert algorithms.digest_uri.endswith(f"#{name}")
    assert algorithms.signature_uri.endswith(f"#rsa-{name}")


def test_no_namespace_is_shared_by_the_two_sets() -> None:
    """XAdES 1.1.1 has a CertDigest of its own; 1.3.2 borrows XMLDSig's."""
    assert SHA1.cert_digest == SHA1.xades != SHA256.xades
    assert SHA256.cert_digest == "http://www.w3.org/2000/09/xmldsig#"


def test_names_start_with_the_most_specific_and_escape_commas() -> None:
    names = certificate_names(samples.signer().certificate)
    assert names.subject == (
        "CN=DRIMbox de test, OU=1750803447, O=Imagerie Ambroise\\, site nord, ST=Paris (75), C=FR"
    )
    assert (names.issuer, names.serial) == (names.subject, str(0x5A17))


def test_bytes_that_are_no_certificate_have_no_names() -> None:
    with pytest.raises(ValueError):
        certificate_names(b"no certificate")
