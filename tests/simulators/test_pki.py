"""simulators.pki: profiles, idempotence, renewal, and the certificates in TLS."""

from __future__ import annotations

import socket
import ssl
import stat
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from simulators import pki

NOW = datetime.now(UTC).replace(microsecond=0)
STRUCTURE = "1750803447"
NAMES = {"ca", "gateway", "dmp", "psc", "ris", "ris-receiver", "peer", "operator", "psc-client"} | {
    "whitelist",
    "peers-client",
    "front",
    "ris-meridien",
    "other-site",
    "white-list-signer",
    f"auth-{STRUCTURE}",
    f"sign-{STRUCTURE}",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pki") / "new"
    assert set(pki.prepare(path, [STRUCTURE], NOW)) == NAMES
    return path


def certificate(folder: Path, name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate((folder / f"{name}.pem").read_bytes())


def test_every_file_is_there_and_keys_are_private(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == {
        f"{name}{suffix}" for name in NAMES for suffix in (".pem", ".key")
    }
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.glob("*.key")} == {0o600}


@pytest.mark.parametrize(
    ("name", "usage", "extended"),
    [
        ("gateway", {"digital_signature", "key_encipherment"}, ExtendedKeyUsageOID.SERVER_AUTH),
        ("peer", {"digital_signature"}, ExtendedKeyUsageOID.CLIENT_AUTH),
        (f"auth-{STRUCTURE}", {"digital_signature"}, ExtendedKeyUsageOID.CLIENT_AUTH),
        (
            f"sign-{STRUCTURE}",
            {"digital_signature", "content_commitment"},
            ExtendedKeyUsageOID.EMAIL_PROTECTION,
        ),
    ],
)
def test_profiles(
    folder: Path, name: str, usage: set[str], extended: x509.ObjectIdentifier
) -> None:
    leaf, root = certificate(folder, name), certificate(folder, "ca")
    stated = leaf.extensions.get_extension_for_class(x509.KeyUsage).value
    flags = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
    )
    assert {flag for flag in flags if getattr(stated, flag)} == usage
    assert list(leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [extended]
    assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    authority_key = leaf.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    subject_key = root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    assert authority_key.key_identifier == subject_key.digest
    assert leaf.public_key().key_size == 2048  # type: ignore[union-attr]


def test_subjects(folder: Path) -> None:
    assert certificate(folder, "peer").subject.rfc4514_string() == (
        "CN=db1.999.mesimagesmedicales.example,OU=300000000000017,O=Autre DRIMbox,"
        "ST=Paris (75),C=FR"
    )
    unit = certificate(folder, f"auth-{STRUCTURE}").subject.get_attributes_for_oid(
        x509.NameOID.ORGANIZATIONAL_UNIT_NAME
    )
    assert [attribute.value for attribute in unit] == [STRUCTURE]
    name = certificate(folder, "psc-client").subject.get_attributes_for_oid(
        x509.NameOID.COMMON_NAME
    )
    assert [attribute.value for attribute in name] == [pki.PSC_CLIENT_ID]


def test_a_second_run_changes_nothing(folder: Path) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert pki.prepare(folder, [STRUCTURE], NOW + timedelta(days=1)) == ()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def spoil_certificate(folder: Path) -> None:
    (folder / "ris.pem").write_text("not a certificate")


def spoil_key(folder: Path) -> None:
    (folder / "ris.key").write_bytes((folder / "peer.key").read_bytes())


def remove_key(folder: Path) -> None:
    (folder / "ris.key").unlink()


def replace_pair(folder: Path, issued: pki.Issued) -> None:
    (folder / "ris.pem").write_text(issued.certificate_pem)
    (folder / "ris.key").write_text(issued.key_pem)


RIS = next(wanted for wanted in pki.COMMON if wanted.name == "ris")


def of_another_authority(folder: Path) -> None:
    other = pki.Authority.create(NOW)
    replace_pair(folder, other.issue(RIS.subject, pki.CLIENT, NOW))


def of_another_subject(folder: Path) -> None:
    authority = pki.load_authority(folder)
    replace_pair(folder, authority.issue("CN=other,C=FR", pki.CLIENT, NOW))


def with_a_host(folder: Path) -> None:
    authority = pki.load_authority(folder)
    replace_pair(folder, authority.issue(RIS.subject, pki.CLIENT, NOW, hosts=("localhost",)))


def near_its_end(folder: Path) -> None:
    authority = pki.load_authority(folder)
    life = pki.RENEW_BEFORE - timedelta(seconds=1)
    replace_pair(folder, authority.issue(RIS.subject, pki.CLIENT, NOW, life=life))


@pytest.mark.parametrize(
    "spoil",
    [
        spoil_certificate,
        spoil_key,
        remove_key,
        of_another_authority,
        of_another_subject,
        with_a_host,
        near_its_end,
    ],
)
def test_an_unusable_certificate_is_made_again(folder: Path, spoil: object) -> None:
    assert callable(spoil)
    spoil(folder)
    assert pki.prepare(folder, [STRUCTURE], NOW) == ("ris",)
    assert pki.prepare(folder, [STRUCTURE], NOW) == ()


def test_a_certificate_that_ends_later_is_kept(folder: Path) -> None:
    authority = pki.load_authority(folder)
    replace_pair(folder, authority.issue(RIS.subject, pki.CLIENT, NOW, life=pki.RENEW_BEFORE))
    assert pki.prepare(folder, [STRUCTURE], NOW) == ()


def test_a_new_root_renews_every_leaf(tmp_path: Path) -> None:
    pki.prepare(tmp_path, [], NOW - pki.AUTHORITY_LIFE)
    with pytest.raises(ssl.SSLError):
        handshake(tmp_path, pki.load_authority(tmp_path).root.certificate_pem, "ris")
    assert set(pki.prepare(tmp_path, [], NOW)) == NAMES - {f"auth-{STRUCTURE}", f"sign-{STRUCTURE}"}


def test_no_authority_in_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        pki.load_authority(tmp_path)


def handshake(folder: Path, trusted: str, client: str | None, host: str = "localhost") -> str:
    """One mutual TLS handshake with the gateway's certificate; the client's CN as served."""
    server_context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cadata=trusted)
    server_context.verify_flags |= ssl.VERIFY_X509_STRICT
    server_context.verify_mode = ssl.CERT_REQUIRED
    server_context.load_cert_chain(folder / "gateway.pem", folder / "gateway.key")
    client_context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    client_context.verify_flags |= ssl.VERIFY_X509_STRICT
    if client:
        client_context.load_cert_chain(folder / f"{client}.pem", folder / f"{client}.key")
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def call() -> None:
            with (
                socket.create_connection(listener.getsockname()) as raw,
                client_context.wrap_socket(raw, server_hostname=host) as tls,
            ):
                tls.recv(1)

        def call_quietly() -> None:
            try:
                call()
            except (ssl.SSLError, OSError) as error:
                failures.append(error)

        failures: list[Exception] = []
        thread = threading.Thread(target=call_quietly)
        thread.start()
        try:
            raw, _ = listener.accept()
            with raw, server_context.wrap_socket(raw, server_side=True) as tls:
                peer = tls.getpeercert()
                tls.send(b"1")
        finally:
            thread.join(10)
        if failures:
            raise failures[0]
    assert peer is not None
    names = [pair for group in peer["subject"] for pair in group]
    return dict(names)["commonName"]  # type: ignore[arg-type]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "in.localhost", "vi.localhost"])
def test_tls_accepts_our_own(folder: Path, host: str) -> None:
    authority = (folder / "ca.pem").read_text()
    assert handshake(folder, authority, "ris", host) == "ris.ambroise.example"


def test_tls_refuses_the_others(folder: Path) -> None:
    authority = (folder / "ca.pem").read_text()
    with pytest.raises(ssl.SSLError):
        handshake(folder, authority, None)
    with pytest.raises(ssl.SSLError):  # a signature certificate is no TLS client
        handshake(folder, authority, f"sign-{STRUCTURE}")
    other = pki.Authority.create(NOW)  # the same name, another key
    with pytest.raises(ssl.SSLError):
        handshake(folder, other.root.certificate_pem, "ris")
    with pytest.raises(ssl.SSLError):
        handshake(folder, authority, "ris", "db.example")


def test_an_authority_takes_certificates_back() -> None:
    authority = pki.Authority.create(NOW)
    issued = authority.issue("CN=one", pki.CLIENT, NOW).certificate
    file = authority.revocation_list([issued.serial_number, 7], NOW)
    crl = x509.load_der_x509_crl(file)
    assert {one.serial_number for one in crl} == {issued.serial_number, 7}
    assert crl.is_signature_valid(authority.root.key.public_key())
    assert (crl.last_update_utc, crl.next_update_utc) == (NOW, NOW + pki.LIST_LIFE)
    assert len(x509.load_der_x509_crl(authority.revocation_list([], NOW))) == 0


def test_secrets_stay_out_of_repr() -> None:
    authority = pki.Authority.create(NOW)
    assert "PRIVATE" not in repr(authority)
    assert repr(authority.root) == "Issued(…)"


def test_command_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "simulators.pki", str(tmp_path), "--structure", STRUCTURE]
    first = subprocess.run(command, capture_output=True, text=True, check=True)
    assert set(first.stdout.split()) == NAMES
    more = [*command, "3" + "0" * 14]
    second = subprocess.run(more, capture_output=True, text=True, check=True)
    assert second.stdout.split() == ["auth-300000000000000", "sign-300000000000000"]
