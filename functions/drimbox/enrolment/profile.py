"""The certificates of our own authority: its own, and those of the agents (RFC 5280).

A tenant and an agent make the whole name of an agent's certificate. Our authority issues no other
names, and a tenant's declared programs have issuers of the tenant's own: an agent can take nobody
else's name.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from functions.drimbox.identity.agent_names import AUTHORITY_NAME, AUTHORITY_OWNER, OWNER
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from functions.drimbox.enrolment.remote_key import RemoteKey
    from functions.drimbox.enrolment.request import RequestedKey

VALID: Final = timedelta(days=90)
AUTHORITY_VALID: Final = timedelta(days=15 * 365)
# The clock of an agent, or of a machine that issues, may be behind.
_BEFORE: Final = timedelta(minutes=10)
# RFC 5280 4.1.2.2: at most 20 octets, positive.
_SERIAL_BYTES: Final = 16
_SHA256: Final = hashes.SHA256()


@frozen
class AgentName:
    """``url`` is the agent's place on the host ``in``: another deployment's certificate tells
    itself by it.
    """

    tenant: str
    agent: str
    url: str

    @property
    def subject(self) -> x509.Name:
        """The subject of its certificate."""
        return _name(self.agent, OWNER, self.tenant)


def issue(
    key: RemoteKey, name: AgentName, public_key: RequestedKey, at: datetime, random: bytes
) -> x509.Certificate:
    """The certificate of an agent, for ``VALID`` from ``at`` (aware) on; ``random`` are 16 bytes
    of its serial number that nobody can guess.
    """
    own = x509.SubjectKeyIdentifier.from_public_key(public_key)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
    address = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(name.url)])
    return (
        _builder(name.subject, public_key, at, VALID, random)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(address, critical=False)
        .add_extension(own, critical=False)
        .add_extension(issuer, critical=False)
        .sign(key, _SHA256)
    )


def make_authority(key: RemoteKey, at: datetime, random: bytes) -> x509.Certificate:
    """The authority's own certificate, which its key signs."""
    own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return (
        _builder(_AUTHORITY, key.public_key(), at, AUTHORITY_VALID, random)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True), critical=True)
        .add_extension(own, critical=False)
        .sign(key, _SHA256)
    )


def _builder(
    subject: x509.Name, key: RequestedKey, at: datetime, valid: timedelta, random: bytes
) -> x509.CertificateBuilder:
    serial = int.from_bytes(b"\x01" + random[:_SERIAL_BYTES])
    return (
        x509.CertificateBuilder()
        .issuer_name(_AUTHORITY)
        .subject_name(subject)
        .public_key(key)
        .serial_number(serial)
        .not_valid_before(at - _BEFORE)
        .not_valid_after(at + valid)
    )


def _usage(*, digital_signature: bool = False, key_cert_sign: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common: str, owner: str, unit: str = "") -> x509.Name:
    parts = [(NameOID.ORGANIZATION_NAME, owner), (NameOID.ORGANIZATIONAL_UNIT_NAME, unit)]
    pairs = [(kind, value) for kind, value in parts if value]
    return x509.Name(
        [x509.NameAttribute(*pair) for pair in (*pairs, (NameOID.COMMON_NAME, common))]
    )


_AUTHORITY: Final = _name(AUTHORITY_NAME, AUTHORITY_OWNER)
