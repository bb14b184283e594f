"""functions.drimbox.identity.client_certificate: its subject, its dates, hostile input."""

from __future__ import annotations

import ssl
from base64 import b64decode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.errors import NotAuthenticated
from functions.drimbox.identity.client_certificate import MAX_PEM, read_certificate
from functions.drimbox.identity.distinguished_name import CanonicalName, canonical_name
from simulators import pki

START = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
END = START + timedelta(days=365)
KEY = ec.generate_private_key(ec.SECP256R1())
DECLARED = "CN=db1.345.example,OU=300000000000017,O=Société d'Imagerie,ST=Paris (75),C=FR"


@dataclass(frozen=True, slots=True)
class At:
    time: datetime

    def now(self) -> datetime:
        return self.time


def certificate(name: x509.Name, serial: int = 0xAB12) -> str:
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(x509.Name.from_rfc4514_string("CN=issuer"))
        .public_key(KEY.public_key())
        .serial_number(serial)
        .not_valid_before(START)
        .not_valid_after(END)
        .sign(KEY, hashes.SHA256())
    )
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
