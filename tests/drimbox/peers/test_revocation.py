"""functions.drimbox.peers.revocation: the lists that speak, and their verdict."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from functions.drimbox.peers.faults import Fault
from functions.drimbox.peers.revocation import fault_of, read_lists
from tests.drimbox.peers.scenes import (
    AT,
    CA,
    HOUR,
    LEAF,
    certificate,
    crl,
    fault,
    key,
    name,
    usage,
)

ISSUER = certificate("CN=ca", "CN=ca", key(1), key(1), extensions=CA)
ONE = certificate("CN=one", "CN=ca", key(2), key(1), extensions=LEAF, number=77)
BELOW = certificate("CN=below", "CN=ca", key(2), key(1), extensions=CA, number=77)


def verdict(*files: bytes, of: x509.Certificate = ONE, issuer: x509.Certificate = ISSUER) -> Any:
    return fault_of(of, issuer, read_lists(files), AT)


def test_a_list_in_force_that_does_not_name_it_clears_it() -> None:
    assert verdict(crl("CN=ca", key(1), 76, 78)) is None
    assert verdict(crl("CN=ca", key(1))) is None
    assert verdict(crl("CN=other", key(2)), crl("CN=ca", key(1))) is None


@pytest.mark.parametrize("reason", [None, *x509.ReasonFlags])
def test_every_entry_revokes(reason: x509.ReasonFlags | None) -> None:
    # Of one that is not specified, RFC 5280 5.3.1 leaves the extension out.
    assert verdict(crl("CN=ca", key(1), 77, reason=reason)) == Fault.REVOKED_SIGNER


def test_one_of_two_lists_revokes() -> None:
    files = (crl("CN=ca", key(1)), crl("CN=ca", key(1), 77))
    assert verdict(*files) == verdict(*reversed(files)) == Fault.REVOKED_SIGNER


def scope(**facts: Any) -> x509.IssuingDistributionPoint:
    plain: dict[str, Any] = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    if not facts:
        facts = {"full_name": [x509.UniformResourceIdentifier("http://igc.example/a.crl")]}
    return x509.IssuingDistributionPoint(**{**plain, **facts})


SOME = frozenset([x509.ReasonFlags.key_compromise])
SILENT = {
    "none": (),
    "of another name": (crl("CN=other", key(1)),),
    "of another key": (crl("CN=ca", key(2)),),
    "ended": (crl("CN=ca", key(1), begin=AT - 2 * HOUR, end=AT - HOUR),),
    "not begun": (crl("CN=ca", key(1), begin=AT + HOUR, end=AT + 2 * HOUR),),
    "weak": (crl("CN=ca", key(1), digest=hashes.SHA224()),),
    "a delta": (crl("CN=ca", key(1), extensions=[x509.DeltaCRLIndicator(1)]),),
    "of some reasons": (crl("CN=ca", key(1), extensions=[scope(only_some_reasons=SOME)]),),
    "indirect": (crl("CN=ca", key(1), extensions=[scope(indirect_crl=True)]),),
    "of attributes": (
        crl("CN=ca", key(1), extensions=[scope(only_contains_attribute_certs=True)]),
    ),
    "of authorities": (crl("CN=ca", key(1), extensions=[scope(only_contains_ca_certs=True)]),),
}


@pytest.mark.parametrize("kind", SILENT)
def test_a_list_that_does_not_speak_of_it_does_not_clear_it(kind: str) -> None:
    assert verdict(*SILENT[kind]) == Fault.NO_REVOCATION_LIST


@pytest.mark.parametrize(
    ("facts", "of", "expected"),
    [
        ({}, ONE, None),
        ({"only_contains_user_certs": True}, ONE, None),
        ({"only_contains_user_certs": True}, BELOW, Fault.NO_REVOCATION_LIST),
        ({"only_contains_ca_certs": True}, BELOW, None),
    ],
)
def test_a_scope_speaks_of_its_kind_alone(
    facts: dict[str, bool], of: x509.Certificate, expected: Fault | None
) -> None:
    file = crl("CN=ca", key(1), extensions=[scope(**facts), x509.CRLNumber(7)])
    assert verdict(file, of=of) == expected


@pytest.mark.parametrize(
    ("permitted", "expected"), [(True, None), (False, Fault.NO_REVOCATION_LIST)]
)
def test_the_authority_must_be_permitted_to_sign_lists(
    permitted: bool, expected: Fault | None
) -> None:
    extensions = [*CA, usage(key_cert_sign=True, crl_sign=permitted)]
    issuer = certificate("CN=ca", "CN=ca", key(1), key(1), extensions=extensions)
    assert verdict(crl("CN=ca", key(1)), issuer=issuer) == expected


def test_the_ends_of_its_time_are_in_it() -> None:
    assert verdict(crl("CN=ca", key(1), begin=AT, end=AT + HOUR)) is None
    assert verdict(crl("CN=ca", key(1), begin=AT - HOUR, end=AT)) is None


def test_a_list_without_an_end_does_not_speak() -> None:
    """The builder demands an end, and RFC 5280 5.1.2.5 too: it is cut out of a good list."""
    good = crl("CN=ca", key(1))
    [read] = read_lists([good])

    class Endless:
        next_update_utc = None
        issuer = name("CN=ca")
        signature_hash_algorithm = hashes.SHA256()

        def is_signature_valid(self, public_key: object) -> bool:
            return True

    assert fault_of(ONE, ISSUER, [Endless()], AT) == Fault.NO_REVOCATION_LIST  # type: ignore[list-item]
    assert fault_of(ONE, ISSUER, [read], AT) is None


def test_a_list_whose_parts_cannot_be_read_does_not_speak() -> None:
    class Broken:
        @property
        def next_update_utc(self) -> object:
            raise ValueError("a time that is none")

    assert fault_of(ONE, ISSUER, [Broken()], AT) == Fault.NO_REVOCATION_LIST  # type: ignore[list-item]


def test_both_codings_are_read() -> None:
    der = crl("CN=ca", key(1))
    pem = b"-----BEGIN X509 CRL-----\n" + base64.encodebytes(der) + b"-----END X509 CRL-----\n"
    assert verdict(pem) is None


@pytest.mark.parametrize("file", [b"", b"x", b"-----BEGIN X509 CRL-----", b"<html/>"])
def test_a_file_that_is_no_list_is_refused(file: bytes) -> None:
    assert fault(lambda: read_lists([crl("CN=ca", key(1)), file])) == Fault.NO_REVOCATION_LIST
