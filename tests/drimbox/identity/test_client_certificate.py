"""functions.drimbox.identity.client_certificate: its subject, its dates, hostile input."""

from __future__ import annotations

import ssl
from base64 import b64decode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.errors import ConfigurationError, NotAuthenticated
from functions.drimbox.identity.client_certificate import (
    MAX_PEM,
    ClientCertificate,
    read_certificate,
)
from functions.drimbox.identity.distinguished_name import CanonicalName, canonical_name
from simulators import pki

START = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
END = START + timedelta(days=365)
KEY = ec.generate_private_key(ec.SECP256R1())
DECLARED = "CN=db1.345.example,OU=300000000000017,O=Société d'Imagerie,ST=Paris (75),C=FR"


FOR_CLIENTS = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])


@dataclass(frozen=True, slots=True)
class At:
    time: datetime

    def now(self) -> datetime:
        return self.time


def certificate(
    name: x509.Name,
    serial: int = 0xAB12,
    *,
    key: Any = KEY,
    digest: Any = hashes.SHA256,
    extensions: tuple[x509.ExtensionType, ...] = (FOR_CLIENTS,),
) -> str:
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(x509.Name.from_rfc4514_string("CN=issuer"))
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(START)
        .not_valid_after(END)
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    built = builder.sign(key, digest and digest())
    return built.public_bytes(serialization.Encoding.PEM).decode()


def named(text: str) -> str:
    return certificate(x509.Name.from_rfc4514_string(text))


def subject(pem: str) -> CanonicalName:
    return read_certificate(pem, At(START)).subject


PEM = named(DECLARED)


def test_reads_what_identifies_a_certificate() -> None:
    found = read_certificate(PEM, At(START))
    assert found.serial_number == "ab12"
    assert (found.not_before, found.not_after) == (START, END)
    assert found.subject == canonical_name(DECLARED)
    assert repr(found) == "ClientCertificate(…)"
    assert repr(found.subject) == "CanonicalName(…)"


@pytest.mark.parametrize("time", [START, START + timedelta(days=1), END])
def test_accepts_the_dates_themselves(time: datetime) -> None:
    assert read_certificate(PEM, At(time)).not_after == END


@pytest.mark.parametrize("time", [START - timedelta(seconds=1), END + timedelta(seconds=1)])
def test_refuses_outside_the_dates(time: datetime) -> None:
    with pytest.raises(NotAuthenticated, match="outside its dates"):
        read_certificate(PEM, At(time))


def test_refuses_a_certificate_without_a_subject() -> None:
    with pytest.raises(NotAuthenticated, match="without a usable subject"):
        subject(certificate(x509.Name([])))


def test_refuses_a_subject_that_is_not_text() -> None:
    kind = x509.NameOID.X500_UNIQUE_IDENTIFIER
    value = x509.NameAttribute(kind, b"\x01", x509.name._ASN1Type.BitString)
    with pytest.raises(NotAuthenticated, match="without a usable subject"):
        subject(certificate(x509.Name([value])))


PRIVATE = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()


@pytest.mark.parametrize(
    "pem",
    [
        "",
        "nothing",
        PEM + PEM,
        PEM + PRIVATE,
        PRIVATE,
        PEM[:200],
        PEM + " " * MAX_PEM,
        "é" + PEM[9:],
    ],
)
def test_refuses_what_is_not_one_certificate(pem: str) -> None:
    with pytest.raises(NotAuthenticated, match="client certificate") as caught:
        read_certificate(pem, At(START))
    assert caught.value.__cause__ is None


def test_reads_the_certificates_of_the_local_authority() -> None:
    wanted = next(one for one in pki.COMMON if one.name == "peer")
    issued = pki.Authority.create(START).issue(wanted.subject, wanted.profile, START)
    found = read_certificate(issued.certificate_pem, At(START))
    assert found.subject == canonical_name(wanted.subject)


DER = b64decode("".join(PEM.splitlines()[1:-1]))


def spoiled(*changes: tuple[int, int]) -> str:
    der = bytearray(DER)
    for position, value in changes:
        der[position] = value
    return ssl.DER_cert_to_PEM_cert(bytes(der))


# cryptography warns of serial numbers that it will refuse one day; we refuse them now.
OLD_SERIALS = pytest.mark.filterwarnings("ignore:Parsed a serial number:UserWarning")
VERSION = DER.index(b"\xa0\x03\x02\x01\x02") + 4
SERIAL = DER.index(b"\xab\x12")


@OLD_SERIALS
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ((VERSION, 1), "unreadable"),
        ((VERSION, 9), "unreadable"),
        ((SERIAL - 1, 0x80), "serial number"),
    ],
)
def test_refuses_another_version_or_a_negative_serial(change: tuple[int, int], reason: str) -> None:
    with pytest.raises(NotAuthenticated, match=reason):
        read_certificate(spoiled(change), At(START))


@OLD_SERIALS
@given(
    st.lists(st.tuples(st.integers(0, len(DER) - 1), st.integers(0, 255)), max_size=4)
    | st.binary(max_size=200).map(lambda data: list(enumerate(data)))
)
def test_any_spoiled_certificate_is_read_or_refused(changes: list[tuple[int, int]]) -> None:
    try:
        found = read_certificate(spoiled(*changes), At(START))
    except NotAuthenticated:
        return
    assert found.subject.rdns


@given(st.text(max_size=300))
def test_any_text_is_refused(text: str) -> None:
    with pytest.raises(NotAuthenticated):
        read_certificate(text, At(START))


def usage(**flags: bool) -> x509.KeyUsage:
    names = (
        "digital_signature content_commitment key_encipherment data_encipherment key_agreement "
        "key_cert_sign crl_sign encipher_only decipher_only"
    )
    return x509.KeyUsage(**{name: flags.get(name, False) for name in names.split()})


def test_refuses_a_text_of_the_subject_that_is_declared_as_bits() -> None:
    """The library gives such a name an error of its own class."""
    at = DER.rindex(b"\x55\x04\x03\x0c")
    with pytest.raises(NotAuthenticated, match="without a usable subject"):
        read_certificate(spoiled((at + 3, 3), (at + 5, 0)), At(START))


# A name of X.400, by the subject and by the place of revocation lists: the library knows none.
OF_X400 = {
    "2.5.29.17": b"\x30\x04\xa3\x02\x30\x00",
    "2.5.29.31": bytes.fromhex("300a3008a006a004a3023000"),
}


@pytest.mark.parametrize("extension", OF_X400)
def test_a_name_that_the_library_does_not_know_is_refused(extension: str) -> None:
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier(extension), OF_X400[extension])
    name = x509.Name.from_rfc4514_string(DECLARED)
    pem = certificate(name, extensions=(FOR_CLIENTS, unknown))
    with pytest.raises(NotAuthenticated, match="without a readable usage"):
        read_certificate(pem, At(START))
    assert not read_certificate(PEM, At(START)).issuer_among(DECLARED, pem, At(START))


SERVERS = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
BOTH = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
ANY = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE])


@pytest.mark.parametrize(
    "extensions",
    [
        (FOR_CLIENTS,),
        (BOTH,),
        (FOR_CLIENTS, usage(digital_signature=True)),
        (FOR_CLIENTS, x509.BasicConstraints(ca=False, path_length=None)),
    ],
)
def test_takes_a_certificate_for_clients(extensions: tuple[x509.ExtensionType, ...]) -> None:
    name = x509.Name.from_rfc4514_string(DECLARED)
    assert read_certificate(certificate(name, extensions=extensions), At(START)).subject.rdns


@pytest.mark.parametrize(
    "extensions",
    [
        (),
        (usage(digital_signature=True),),
        (SERVERS,),
        (ANY,),
        (FOR_CLIENTS, usage(key_encipherment=True)),
        (FOR_CLIENTS, x509.BasicConstraints(ca=True, path_length=None)),
        (x509.UnrecognizedExtension(ExtendedKeyUsageOID.CLIENT_AUTH, b"x"),),
        (x509.UnrecognizedExtension(ExtensionOID.EXTENDED_KEY_USAGE, b"spoiled"),),
    ],
)
def test_refuses_a_certificate_for_another_usage(
    extensions: tuple[x509.ExtensionType, ...],
) -> None:
    name = x509.Name.from_rfc4514_string(DECLARED)
    with pytest.raises(NotAuthenticated, match="usage"):
        read_certificate(certificate(name, extensions=extensions), At(START))


@pytest.mark.parametrize(
    ("key", "digest"),
    [
        (rsa.generate_private_key(public_exponent=65537, key_size=1024), hashes.SHA256),  # noqa: S505
        (ec.generate_private_key(ec.SECP256K1()), hashes.SHA256),
        (ec.generate_private_key(ec.SECP192R1()), hashes.SHA256),
        (KEY, hashes.SHA224),
        (ed25519.Ed25519PrivateKey.generate(), None),
    ],
)
def test_refuses_a_weak_key_or_signature(key: Any, digest: Any) -> None:
    name = x509.Name.from_rfc4514_string(DECLARED)
    with pytest.raises(NotAuthenticated, match="weak key or signature"):
        read_certificate(certificate(name, key=key, digest=digest), At(START))


def test_refuses_a_key_of_an_unknown_kind() -> None:
    """The algorithm's identifier, 1.2.840.10045.2.1 (id-ecPublicKey), becomes another one."""
    position = DER.index(bytes.fromhex("06072a8648ce3d0201"))
    with pytest.raises(NotAuthenticated, match="weak key or signature"):
        read_certificate(spoiled((position + 8, 0x55)), At(START))


FIRST, SECOND = pki.Authority.create(START), pki.Authority.create(START, subject="CN=Autre,C=FR")
NAMESAKE = pki.Authority.create(START)
NOW = At(START)


def leaf(authority: pki.Authority) -> ClientCertificate:
    return read_certificate(authority.issue(DECLARED, pki.CLIENT, START).certificate_pem, NOW)


def pem(*authorities: pki.Authority) -> str:
    return "".join(one.root.certificate_pem for one in authorities)


def test_a_certificate_has_the_issuer_that_signed_it() -> None:
    """The name alone proves nothing: another authority may bear it."""
    found, name = leaf(FIRST), pki.AUTHORITY_SUBJECT
    assert found.issuer_among(name, pem(FIRST), NOW)
    assert found.issuer_among(name.lower(), pem(SECOND, NAMESAKE, FIRST), NOW)
    assert not found.issuer_among(name, pem(NAMESAKE), NOW)
    assert not found.issuer_among(name, pem(SECOND), NOW)
    assert not found.issuer_among("CN=Autre,C=FR", pem(FIRST, SECOND), NOW)
    assert not leaf(SECOND).issuer_among(name, pem(FIRST, SECOND), NOW)


@pytest.mark.parametrize("at", [START - timedelta(hours=1), START + timedelta(days=3651)])
def test_an_authority_outside_its_dates_issues_nothing(at: datetime) -> None:
    assert not leaf(FIRST).issuer_among(pki.AUTHORITY_SUBJECT, pem(FIRST), At(at))


@pytest.mark.parametrize(
    "extensions",
    [
        (),
        (x509.BasicConstraints(ca=False, path_length=None),),
        (x509.BasicConstraints(ca=True, path_length=0), usage(crl_sign=True)),
        (x509.UnrecognizedExtension(ExtensionOID.BASIC_CONSTRAINTS, b"spoiled"),),
    ],
)
def test_a_certificate_that_may_not_sign_others_issues_nothing(
    extensions: tuple[x509.ExtensionType, ...],
) -> None:
    key, name = FIRST.root.key, FIRST.root.certificate.subject
    no_authority = certificate(name, key=key, extensions=extensions)
    assert not leaf(FIRST).issuer_among(pki.AUTHORITY_SUBJECT, no_authority, NOW)


def test_an_authority_that_says_no_usage_may_issue() -> None:
    limits = x509.BasicConstraints(ca=True, path_length=0)
    plain = certificate(FIRST.root.certificate.subject, key=FIRST.root.key, extensions=(limits,))
    assert leaf(FIRST).issuer_among(pki.AUTHORITY_SUBJECT, plain, NOW)


def test_an_authority_without_a_name_is_passed_over() -> None:
    nameless = certificate(x509.Name([]))
    assert leaf(FIRST).issuer_among(pki.AUTHORITY_SUBJECT, nameless + pem(FIRST), NOW)


@pytest.mark.parametrize("text", ["", "none", PEM[:200], "é"])
def test_authorities_that_are_none_are_a_fault_of_ours(text: str) -> None:
    with pytest.raises(ConfigurationError, match="authorities of clients"):
        leaf(FIRST).issuer_among(pki.AUTHORITY_SUBJECT, text, NOW)
