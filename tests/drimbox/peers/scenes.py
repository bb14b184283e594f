"""A publisher of white lists (the simulator's), and authorities of several levels."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from functions.drimbox.errors import WhiteListUnusable
from functions.drimbox.peers.revocation import read_lists
from functions.drimbox.peers.signer import Signer
from functions.drimbox.peers.verification import Verified, verify
from simulators.pki import SIGNATURE, Authority, Issued
from simulators.whitelist.lists import NAMESPACE
from simulators.whitelist.publisher import SIGNER, Publisher

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NAME, UNIT = "Liste Blanche DRIM-M", "318751275100020"


@cache
def _issued() -> tuple[Authority, Issued]:
    authority = Authority.create(AT - 30 * DAY)
    return authority, authority.issue(SIGNER, SIGNATURE, AT - 30 * DAY)


def publisher(at: datetime = AT) -> Publisher:
    """A publisher at work at ``at``; its authority and signer are always the same."""
    authority, signer = _issued()
    return Publisher(authority, signer, lambda: at)


def signer() -> Signer:
    """The publisher's signer, as a deployment declares it."""
    return Signer(NAME, UNIT, _issued()[0].root.certificate_pem)


def verified(data: bytes, made_by: Publisher, at: datetime = AT) -> Verified:
    """``data`` verified with the publisher's revocation list of that time."""
    return verify(data, signer(), read_lists([made_by.revocation_list()]), at)


def fault(act: Callable[[], Any]) -> str:
    """The fault with which ``act`` ends, "" when it ends well."""
    try:
        act()
    except WhiteListUnusable as error:
        return str(error.fault)
    return ""


def white_list(lines: str = "", **changes: str) -> etree._Element:
    """A list of these lines (``<Domaine>…``), with other texts for its version, date, namespace."""
    facts = {
        "namespace": NAMESPACE,
        "version": "1.0.0",
        "date": "2026-11-24T08:00:00Z",
        **changes,
    }
    return etree.fromstring(
        f'<ListeBlancheDRIM-M xmlns="{facts["namespace"]}" versionFormat="{facts["version"]}">'
        f"<DateDeGeneration>{facts['date']}</DateDeGeneration>"
        f"<ListeDomaines>{lines}</ListeDomaines></ListeBlancheDRIM-M>"
    )


def line(db: str = "db1.example", name: str = "CN=db1.example,C=FR", more: str = "") -> str:
    """One line of a list."""
    return (
        f"<Domaine><Identifiant>1</Identifiant><db>{db}</db><vi>vi1.example</vi>"
        f"<Denomination>One</Denomination>"
        f"<DNCertificatOperateur>{name}</DNCertificatOperateur>{more}</Domaine>"
    )


@dataclass
class GivenSource:
    """Implements ``refresh.Source`` with files; ``asked`` counts the downloads."""

    list_file: bytes
    revocations: tuple[bytes, ...]
    failure: WhiteListUnusable | None = None
    asked: int = field(default=0)

    def white_list(self) -> bytes:
        self.asked += 1
        if self.failure is not None:
            raise self.failure
        return self.list_file

    def revocation_lists(self) -> tuple[bytes, ...]:
        return self.revocations


Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@cache
def key(number: int) -> rsa.RSAPrivateKey:
    """One of a few RSA keys: making one is slow."""
    return rsa.generate_private_key(65537, 2048 if number < 90 else 1024)


def name(text: str) -> x509.Name:
    """A name of RFC 4514 text."""
    return x509.Name.from_rfc4514_string(text)


def certificate(
    subject: str,
    issuer: str,
    own: Key,
    issuer_key: Key,
    *,
    begin: datetime = AT - DAY,
    end: datetime = AT + DAY,
    extensions: Iterable[x509.ExtensionType] = (),
    digest: hashes.SHA256 | hashes.SHA224 | None = None,
    number: int = 0,
) -> x509.Certificate:
    """A certificate of any kind."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject) if subject else x509.Name([]))
        .issuer_name(name(issuer))
        .public_key(own.public_key())
        .serial_number(number or x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
    )
    for one in extensions:
        builder = builder.add_extension(one, critical=True)
    return builder.sign(issuer_key, digest or hashes.SHA256())


CA = (x509.BasicConstraints(ca=True, path_length=None),)
LEAF = (x509.BasicConstraints(ca=False, path_length=None),)


def usage(**permitted: bool) -> x509.KeyUsage:
    """A key usage of these bits alone."""
    names = (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
        *("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(**{one: permitted.get(one, False) for one in names})


def crl(
    issuer: str,
    issuer_key: Key,
    *revoked: int,
    begin: datetime = AT - HOUR,
    end: datetime = AT + HOUR,
    extensions: Iterable[x509.ExtensionType] = (),
    digest: hashes.SHA256 | hashes.SHA224 | None = None,
    reason: x509.ReasonFlags | None = None,
) -> bytes:
    """A revocation list, DER."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(name(issuer))
        .last_update(begin)
        .next_update(end)
    )
    for one in extensions:
        builder = builder.add_extension(one, critical=True)
    for number in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(number).revocation_date(begin)
        if reason is not None:
            entry = entry.add_extension(x509.CRLReason(reason), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(issuer_key, digest or hashes.SHA256()).public_bytes(Encoding.DER)


def pem(*certificates: x509.Certificate) -> str:
    """A bundle."""
    return "".join(one.public_bytes(Encoding.PEM).decode() for one in certificates)
