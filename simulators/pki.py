"""A local certificate authority that stands in for IGC-Santé: ``python -m simulators.pki DIR``.

It issues, with RSA 2048 and SHA-256, the certificates that the local stack and its tests need:
server certificates, client certificates of programs and peers, and per structure the pair that the
DMP asks for (EX_GEN-1450): ORG_AUTH_CLI for TLS and ORG_SIGN for signatures. A certificate's
profile (key usage, extended key usage, identifiers of keys) follows RFC 5280 4.2.1.

The files are for one machine's local use. Nothing here is trusted by anybody else.
"""

from __future__ import annotations

import argparse
import ipaddress
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

AUTHORITY_SUBJECT: Final = "CN=AC de test locale,OU=Simulateurs,O=DRIMbox,C=FR"
AUTHORITY_LIFE: Final = timedelta(days=3650)
LIST_LIFE: Final = timedelta(days=7)
LEAF_LIFE: Final = timedelta(days=825)
RENEW_BEFORE: Final = timedelta(days=30)
# A certificate made now must be valid on a machine whose clock is a little late.
BACKDATE: Final = timedelta(minutes=5)

PSC_CLIENT_ID: Final = "drimbox-local"
SERVER_NAMES: Final = ("127.0.0.1", "localhost", "in.localhost", "db.localhost", "vi.localhost")


@dataclass(frozen=True, slots=True)
class Profile:
    """The permitted uses of a certificate: RFC 5280 4.2.1.3 and 4.2.1.12."""

    extended_usage: x509.ObjectIdentifier
    key_encipherment: bool = False
    non_repudiation: bool = False
    also: tuple[x509.ObjectIdentifier, ...] = ()


SERVER: Final = Profile(ExtendedKeyUsageOID.SERVER_AUTH, key_encipherment=True)
CLIENT: Final = Profile(ExtendedKeyUsageOID.CLIENT_AUTH)
# Of a program that calls others, and that others call.
PROGRAM: Final = Profile(
    ExtendedKeyUsageOID.CLIENT_AUTH,
    key_encipherment=True,
    also=(ExtendedKeyUsageOID.SERVER_AUTH,),
)
SIGNATURE: Final = Profile(ExtendedKeyUsageOID.EMAIL_PROTECTION, non_repudiation=True)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A certificate to have: ``name`` is the file's stem, ``subject`` is RFC 4514 text.

    ``hosts``: the subject alternative names, DNS names and IP addresses.
    """

    name: str
    subject: str
    profile: Profile
    hosts: tuple[str, ...] = ()


# The servers' own names, then the programs that call them.
COMMON: Final = (
    Wanted("gateway", "CN=localhost,OU=DRIMbox,O=DRIMbox,C=FR", SERVER, SERVER_NAMES),
    Wanted("dmp", "CN=localhost,OU=DMP,O=Simulateurs,C=FR", SERVER, SERVER_NAMES),
    Wanted("psc", "CN=localhost,OU=PSC,O=Simulateurs,C=FR", SERVER, SERVER_NAMES),
    Wanted(
        "other-site",
        "CN=localhost,OU=Autre site,O=Simulateurs,C=FR",
        SERVER,
        # One more address, at which every handshake is slow.
        (*SERVER_NAMES, "127.0.0.8"),
    ),
    Wanted("ris-receiver", "CN=localhost,OU=RIS,O=Simulateurs,C=FR", SERVER, SERVER_NAMES),
    Wanted("whitelist", "CN=localhost,OU=Liste blanche,O=Simulateurs,C=FR", SERVER, SERVER_NAMES),
    Wanted(
        "white-list-signer",
        "CN=Liste Blanche DRIM-M,OU=318751275100020,O=AGENCE DU NUMERIQUE EN SANTE,"
        "ST=Paris (75),C=FR",
        SIGNATURE,
    ),
    Wanted("ris", "CN=ris.ambroise.example,OU=1750803447,O=Clinique Ambroise,C=FR", CLIENT),
    Wanted("ris-meridien", "CN=ris.meridien.example,OU=1869990017,O=CHU du Meridien,C=FR", CLIENT),
    # Ours, that other DRIMboxes know by the white list.
    Wanted(
        "peers-client",
        "CN=db.local.example,OU=300000000000025,O=DRIMbox,ST=Paris (75),C=FR",
        CLIENT,
    ),
    Wanted(
        "peer",
        "CN=db1.999.mesimagesmedicales.example,OU=300000000000017,O=Autre DRIMbox,"
        "ST=Paris (75),C=FR",
        CLIENT,
    ),
    # The front for peers, to the API behind it.
    Wanted("front", "CN=front.local.example,OU=300000000000025,O=DRIMbox,C=FR", CLIENT),
    Wanted("operator", "CN=operations.local.example,OU=300000000000025,O=DRIMbox,C=FR", CLIENT),
    Wanted(
        "psc-client", f"CN={PSC_CLIENT_ID},OU=300000000000025,O=DRIMbox,ST=Paris (75),C=FR", CLIENT
    ),
)


def of_structure(structure_id: str) -> tuple[Wanted, Wanted]:
    """The two certificates of one structure: ``auth-<id>`` and ``sign-<id>``.

    The OU carries the structure's identifier ("1" + FINESS or "3" + SIRET), as in IGC-Santé.
    """
    rest = f"OU={structure_id},O=Structure {structure_id},ST=Paris (75),C=FR"
    return (
        Wanted(f"auth-{structure_id}", f"CN=auth.{structure_id}.example,{rest}", CLIENT),
        Wanted(f"sign-{structure_id}", f"CN=sign.{structure_id}.example,{rest}", SIGNATURE),
    )


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    @property
    def certificate_pem(self) -> str:
        """The certificate alone, PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def key_pem(self) -> str:
        """The private key, PKCS#8, PEM, not encrypted."""
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()

    def __repr__(self) -> str:
        return "Issued(…)"


@dataclass(frozen=True, slots=True)
class Authority:
    """A root that issues. Two of them, even under one name, do not trust each other's leaves."""

    root: Issued

    @classmethod
    def create(
        cls,
        now: datetime,
        *,
        subject: str = AUTHORITY_SUBJECT,
        life: timedelta = AUTHORITY_LIFE,
    ) -> Authority:
        """A new self-signed root, valid from ``now``."""
        key = _new_key()
        name = x509.Name.from_rfc4514_string(subject)
        builder = _builder(name, name, key, key, now=now, life=life)
        certificate = builder.add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        ).add_extension(_key_usage(key_cert_sign=True, crl_sign=True), critical=True)
        return cls(Issued(certificate.sign(key, hashes.SHA256()), key))

    def issue(
        self,
        subject: str,
        profile: Profile,
        now: datetime,
        *,
        hosts: Sequence[str] = (),
        life: timedelta = LEAF_LIFE,
    ) -> Issued:
        """A new key and its certificate for ``subject`` (RFC 4514 text), valid from ``now``."""
        key = _new_key()
        issuer = self.root.certificate.subject
        name = x509.Name.from_rfc4514_string(subject)
        builder = (
            _builder(name, issuer, key, self.root.key, now=now, life=life)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(
                _key_usage(
                    digital_signature=True,
                    content_commitment=profile.non_repudiation,
                    key_encipherment=profile.key_encipherment,
                ),
                critical=True,
            )
            .add_extension(
                x509.ExtendedKeyUsage([profile.extended_usage, *profile.also]), critical=False
            )
        )
        if hosts:
            builder = builder.add_extension(_alternative_names(hosts), critical=False)
        return Issued(builder.sign(self.root.key, hashes.SHA256()), key)

    def revocation_list(
        self, serials: Iterable[int], at: datetime, *, life: timedelta = LIST_LIFE
    ) -> bytes:
        """The list of the certificates that this root took back (RFC 5280 5), DER, in force from
        ``at`` on."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.root.certificate.subject)
            .last_update(at)
            .next_update(at + life)
            .add_extension(x509.CRLNumber(int(at.timestamp())), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.root.key.public_key()),
                critical=False,
            )
        )
        for number in sorted(serials):
            entry = x509.RevokedCertificateBuilder().serial_number(number).revocation_date(at)
            builder = builder.add_revoked_certificate(entry.build())
        signed = builder.sign(self.root.key, hashes.SHA256())
        return signed.public_bytes(serialization.Encoding.DER)

    def issued(self, certificate: x509.Certificate) -> bool:
        """True when this root's key signed ``certificate``."""
        try:
            certificate.verify_directly_issued_by(self.root.certificate)
        except (InvalidSignature, ValueError):
            return False
        return True


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _key_usage(
    *,
    digital_signature: bool = False,
    content_commitment: bool = False,
    key_encipherment: bool = False,
    key_cert_sign: bool = False,
    crl_sign: bool = False,
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=content_commitment,
        key_encipherment=key_encipherment,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: rsa.RSAPrivateKey,
    issuer_key: rsa.RSAPrivateKey,
    *,
    now: datetime,
    life: timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATE)
        .not_valid_after(now + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
    )


def _alternative_names(hosts: Sequence[str]) -> x509.SubjectAlternativeName:
    names: list[x509.GeneralName] = []
    for host in hosts:
        try:
            names.append(x509.IPAddress(ipaddress.ip_address(host)))
        except ValueError:
            names.append(x509.DNSName(host))
    return x509.SubjectAlternativeName(names)


def prepare(folder: Path, structures: Sequence[str], now: datetime) -> tuple[str, ...]:
    """Have every certificate in ``folder`` (``<name>.pem``, ``<name>.key`` with mode 0600).

    Makes each certificate that is missing, unusable, of another authority, described otherwise or
    within 30 days of its end; leaves the rest alone. Gives the names made now; none when all was
    there.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made: list[str] = []
    stored = _load(folder, "ca")
    if stored is None or _ends_soon(stored, now):
        stored = Authority.create(now).root
        store(folder, "ca", stored)
        made.append("ca")
    authority = Authority(stored)
    made += [one.name for one in _all(structures) if have(folder, one, authority, now)]
    return tuple(made)


def have(folder: Path, wanted: Wanted, authority: Authority, now: datetime) -> bool:
    """Have that pair in ``folder``, unless a usable one is there; whether it was made now."""
    if _usable(_load(folder, wanted.name), wanted, authority, now):
        return False
    issued = authority.issue(wanted.subject, wanted.profile, now, hosts=wanted.hosts)
    store(folder, wanted.name, issued)
    return True


def load_authority(folder: Path) -> Authority:
    """The authority that :func:`prepare` left in ``folder``; FileNotFoundError without one."""
    stored = _load(folder, "ca")
    if stored is None:
        raise FileNotFoundError("no authority in this folder: run python -m simulators.pki")
    return Authority(stored)


def load_issued(folder: Path, name: str) -> Issued:
    """The pair ``name`` of ``folder``; FileNotFoundError without one that can be used."""
    stored = _load(folder, name)
    if stored is None:
        raise FileNotFoundError(f"no certificate {name} in this folder")
    return stored


def _all(structures: Sequence[str]) -> Iterator[Wanted]:
    yield from COMMON
    for structure_id in structures:
        yield from of_structure(structure_id)


def _load(folder: Path, name: str) -> Issued | None:
    """The stored pair, None when a file is missing, unreadable or the two do not match."""
    try:
        certificate = x509.load_pem_x509_certificate((folder / f"{name}.pem").read_bytes())
        key = serialization.load_pem_private_key((folder / f"{name}.key").read_bytes(), None)
    except (FileNotFoundError, ValueError, TypeError):
        return None
    if not isinstance(key, rsa.RSAPrivateKey) or key.public_key() != certificate.public_key():
        return None
    return Issued(certificate, key)


def _ends_soon(issued: Issued, now: datetime) -> bool:
    return issued.certificate.not_valid_after_utc - now < RENEW_BEFORE


def _usable(stored: Issued | None, wanted: Wanted, authority: Authority, now: datetime) -> bool:
    return (
        stored is not None
        and not _ends_soon(stored, now)
        and authority.issued(stored.certificate)
        and stored.certificate.subject == x509.Name.from_rfc4514_string(wanted.subject)
        and _hosts(stored.certificate) == set(wanted.hosts)
    )


def _hosts(certificate: x509.Certificate) -> set[str]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    addresses = {str(address) for address in found.get_values_for_type(x509.IPAddress)}
    return addresses | set(found.get_values_for_type(x509.DNSName))


def store(folder: Path, name: str, issued: Issued) -> None:
    """Write the pair ``NAME.pem`` and ``NAME.key`` (mode 0600)."""
    # The key first: a stop between the two leaves a pair that does not match, made again next time.
    for suffix, text, mode in (
        (".key", issued.key_pem, 0o600),
        (".pem", issued.certificate_pem, 0o644),
    ):
        path = folder / f"{name}{suffix}"
        draft = path.with_suffix(suffix + ".new")
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)


def main(arguments: Sequence[str]) -> int:
    """Command line; prints what was made, one name per line."""
    parser = argparse.ArgumentParser(prog="python -m simulators.pki", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the certificates and keys are")
    parser.add_argument(
        "--structure",
        nargs="+",
        action="extend",
        default=[],
        metavar="ID",
        help='structures with a pair of certificates: "1" + FINESS or "3" + SIRET',
    )
    options = parser.parse_args(arguments)
    for name in prepare(options.folder, options.structure, datetime.now(UTC)):
        print(name)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
