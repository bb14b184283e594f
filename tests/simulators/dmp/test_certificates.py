"""A certificate's issuer and its holder."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from simulators.dmp.certificates import (
    Authorities,
    Untrusted,
    may_sign,
    read_der,
    same_name,
    structures,
)
from simulators.pki import AUTHORITY_SUBJECT, CLIENT, Authority
from tests.simulators.dmp.sender import NOW, STRUCTURE, Site


def issue(
    subject: str,
    issuer: str,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    *extensions: x509.ExtensionType,
) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name.from_rfc4514_string(subject))
        .issuer_name(x509.Name.from_rfc4514_string(issuer))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1))
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=True)
    return builder.sign(signer, hashes.SHA256())


def usage(*, sign: bool = False, issue_others: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(sign, False, True, False, False, issue_others, False, False, False)


IS_CA = x509.BasicConstraints(ca=True, path_length=0)


@pytest.mark.parametrize(
    ("extensions", "trusted"),
    [
        ((IS_CA,), True),
        ((IS_CA, usage(issue_others=True)), True),
        ((IS_CA, usage(sign=True)), False),
        ((x509.BasicConstraints(ca=False, path_length=None),), False),
        ((), False),
    ],
)
def test_only_an_authority_issues(
    extensions: tuple[x509.ExtensionType, ...], trusted: bool
) -> None:
    key, leaf_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = issue("CN=ca", "CN=ca", key, key, *extensions)
    leaf = issue("CN=leaf", "CN=ca", leaf_key, key)

    if trusted:
        Authorities((authority,)).check(leaf, NOW)
    else:
        with pytest.raises(Untrusted, match="no trusted authority"):
            Authorities((authority,)).check(leaf, NOW)


def test_a_name_is_not_a_signature(site: Site) -> None:
    double = Authority.create(NOW, subject=AUTHORITY_SUBJECT).issue("CN=x", CLIENT, NOW)

    with pytest.raises(Untrusted, match="no trusted authority"):
        Authorities.from_pem(site.ca_pem).check(double.certificate, NOW)


def test_both_certificates_are_valid_now() -> None:
    brief = Authority.create(NOW, life=timedelta(days=1))
    leaf = brief.issue("CN=x", CLIENT, NOW, life=timedelta(days=9)).certificate
    authorities = Authorities.from_pem(brief.root.certificate_pem.encode())

    authorities.check(leaf, NOW)
    with pytest.raises(Untrusted, match="issuing authority is not valid"):
        authorities.check(leaf, NOW + timedelta(days=2))
    with pytest.raises(Untrusted, match="certificate is not valid"):
        authorities.check(leaf, NOW + timedelta(days=10))
    with pytest.raises(Untrusted, match="certificate is not valid"):
        authorities.check(leaf, NOW - timedelta(days=10))


def test_permitted_uses_of_a_certificate() -> None:
    key = ec.generate_private_key(ec.SECP256R1())

    assert may_sign(issue("CN=x", "CN=x", key, key))
    assert may_sign(issue("CN=x", "CN=x", key, key, usage(sign=True)))
    assert not may_sign(issue("CN=x", "CN=x", key, key, usage()))


def test_whose_a_certificate_is(site: Site) -> None:
    assert structures(site.sign.certificate) == {STRUCTURE}


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("CN=a\\,b, OU=1750803447,  O=x ,C=FR", True),
        ("CN=a\\,b,OU=1750803447,O=x,C=FR", True),
        ("C=FR,O=x,OU=1750803447,CN=a\\,b", False),
        ("CN=a\\,b,OU=1750803447,O=x", False),
        ("", False),
        ("CN", False),
    ],
)
def test_a_name_as_rfc_4514_writes_it(text: str, same: bool) -> None:
    name = x509.Name.from_rfc4514_string("CN=a\\,b,OU=1750803447,O=x,C=FR")

    assert same_name(text, name) is same


@given(st.text())
def test_any_text_is_a_name_or_not(text: str) -> None:
    assert not same_name(text, x509.Name.from_rfc4514_string("CN=never this one,C=FR"))


@given(st.binary())
def test_any_bytes_are_no_certificate(data: bytes) -> None:
    with pytest.raises(Untrusted):
        read_der(data)


def test_a_bundle_without_certificate_is_none() -> None:
    with pytest.raises(ValueError, match="PEM"):
        Authorities.from_pem(b"nothing")
