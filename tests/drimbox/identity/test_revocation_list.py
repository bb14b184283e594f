"""functions.drimbox.identity.revocation_list: whose a list is, and whether it is complete.

The forms that are refused are tried in tests/drimbox/peers/test_revocation.py.
"""

from __future__ import annotations

import base64

from cryptography import x509

from functions.drimbox.identity.revocation_list import is_list_of, is_whole, load_list, part_of
from tests.drimbox.peers.scenes import CA, certificate, crl, key

AUTHORITY = certificate("CN=ca", "CN=ca", key(1), key(1), extensions=CA)


def read(file: bytes) -> x509.CertificateRevocationList:
    found = load_list(file)
    assert found is not None
    return found


def test_both_codings_are_read_and_nothing_else() -> None:
    der = crl("CN=ca", key(1), 5)
    pem = b"-----BEGIN X509 CRL-----\n" + base64.encodebytes(der) + b"-----END X509 CRL-----\n"
    assert [one.serial_number for one in read(pem)] == [5]
    assert read(der) == read(pem)
    for ill in (b"", b"x", b"-----BEGIN X509 CRL-----", der[:-1]):
        assert load_list(ill) is None


def test_a_list_is_its_signer_s() -> None:
    assert is_list_of(read(crl("CN=ca", key(1))), AUTHORITY)
    assert not is_list_of(read(crl("CN=other", key(1))), AUTHORITY)
    assert not is_list_of(read(crl("CN=ca", key(2))), AUTHORITY)


def test_a_delta_is_not_whole() -> None:
    assert is_whole(read(crl("CN=ca", key(1))))
    assert not is_whole(read(crl("CN=ca", key(1), extensions=[x509.DeltaCRLIndicator(1)])))


def scoped(*, full: list[str] | None = None, relative: str = "") -> x509.IssuingDistributionPoint:
    attribute = x509.NameAttribute(x509.NameOID.COMMON_NAME, relative) if relative else None
    return x509.IssuingDistributionPoint(
        full_name=[x509.UniformResourceIdentifier(one) for one in full] if full else None,
        relative_name=x509.RelativeDistinguishedName([attribute]) if attribute else None,
        only_contains_user_certs=not full and not relative,
        only_contains_ca_certs=False,
        only_some_reasons=None,
        indirect_crl=False,
        only_contains_attribute_certs=False,
    )


def test_a_part_is_named_by_its_distribution_point() -> None:
    def part(*scope: x509.IssuingDistributionPoint) -> str:
        return part_of(read(crl("CN=ca", key(1), extensions=scope)))

    assert part() == part(scoped()) == ""
    both = scoped(full=["http://a.example", "http://b.example"])
    assert part(both) == part(scoped(full=["http://b.example", "http://a.example"]))
    names = {part(both), part(scoped(full=["http://a.example"])), part(scoped(relative="a"))}
    assert len(names - {""}) == 3


def test_a_list_whose_extensions_cannot_be_read_is_not_whole() -> None:
    class Broken:
        @property
        def extensions(self) -> x509.Extensions:
            raise ValueError("twice the same")

    assert not is_whole(Broken())  # type: ignore[arg-type]


def test_a_list_whose_issuer_cannot_be_read_is_nobody_s() -> None:
    class Broken:
        @property
        def issuer(self) -> x509.Name:
            raise ValueError("no name")

    assert not is_list_of(Broken(), AUTHORITY)  # type: ignore[arg-type]
