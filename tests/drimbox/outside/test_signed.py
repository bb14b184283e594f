"""The proofs that a signature document gives of the files beside it."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from functions.drimbox.dmp.signing import SHA1, SHA256, AlgorithmSet
from functions.drimbox.outside import signed
from functions.drimbox.outside.signed import Proof, read_signature
from tests.drimbox.dmp import samples
from tests.drimbox.outside.archives import kos, submitted
from tests.drimbox.reading.exam_scenes import MANIFEST

SIGNED = submitted()["SIGN_1.XML"]
SETS = pytest.mark.parametrize("algorithms", [SHA1, SHA256], ids=["sha1", "sha256"])
INCLUSIVE = b"http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments"


@SETS
def test_the_bytes_of_a_known_signer_are_proved(algorithms: AlgorithmSet) -> None:
    data = submitted(algorithms=algorithms)["SIGN_1.XML"]
    found = read_signature(data, [samples.signer().held])
    assert (found.proof, found.of(MANIFEST, kos())) == (Proof.TRUSTED, Proof.TRUSTED)
    assert found.of(MANIFEST, kos() + b"\0") is Proof.WRONG
    assert found.of("2.25.9", kos()) is Proof.NONE
    assert found.signer == "DRIMbox de test, Imagerie Ambroise, site nord, 1750803447"
    assert found.signed_at == "2026-03-02T09:30:15.250+00:00"
    assert repr(found) == "Signature(trusted)"


@SETS
def test_the_bytes_of_another_signer_are_intact(algorithms: AlgorithmSet) -> None:
    data = submitted(algorithms=algorithms)["SIGN_1.XML"]
    assert read_signature(data, ()).of(MANIFEST, kos()) is Proof.INTACT
    stranger = samples.signer("Another")
    assert read_signature(data, (stranger.held,)).proof is Proof.INTACT


def _swap(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda data: data.replace(old, new)


def _twice(tag: bytes) -> Callable[[bytes], bytes]:
    def change(data: bytes) -> bytes:
        start, end = data.index(b"<" + tag), data.index(b"</" + tag + b">") + len(tag) + 3
        return data.replace(b"</Signature>", data[start:end] + b"</Signature>")

    return change


@pytest.mark.parametrize(
    "change",
    [
        lambda _: b"",
        lambda _: b"<a/>",
        _swap(b'Id="S0-SignedProperties"', b'Id="IHEManifest"'),
        _swap(b"#IHEManifest", b"#S0-SignedProperties"),
        _swap(b'URI="#S0-SignedProperties"', b'URI="file:///etc/passwd"'),
        _swap(b'URI="#S0-SignedProperties"', b'URI="#nothing"'),
        _swap(b"urn:oid:2.25.1001", b"urn:oid:2.25.1"),
        _swap(b"AA==", b"?"),
        _swap(b"AA==", b"AQ=="),
        _swap(b"2026-03-02T09", b"2026-03-02T08"),
        _swap(b"</SignatureValue>", b"?</SignatureValue>"),
        _swap(b"<SignatureValue>", b"<SignatureValue>AAAA"),
        _swap(b"IHEManifest", b'IHEManifest" xmlns:a="b'),
        _swap(b"<Manifest", b'<Manifest xmlns:a="relative"'),
        lambda data: re.sub(rb"<DigestMethod[^>]*>(</DigestMethod>)?", b"", data, count=1),
        lambda data: re.sub(
            rb"<CanonicalizationMethod[^>]*>(</CanonicalizationMethod>)?", b"", data, count=1
        ),
        _twice(b"SignedInfo"),
        _twice(b"Object"),
        _swap(
            b'<Reference URI="urn:oid:2.25.1001">',
            b'<Reference URI="urn:oid:2.25.1001"><Transforms/>',
        ),
    ],
)
def test_a_signature_that_does_not_hold_is_wrong(change: Callable[[bytes], bytes]) -> None:
    changed = change(SIGNED)
    assert changed != SIGNED
    found = read_signature(changed, [samples.signer().held])
    assert Proof.WRONG in {found.proof, found.of(MANIFEST, kos())}


@pytest.mark.parametrize(
    "change",
    [
        _swap(b"<X509Certificate>", b"<X509Certificate>X"),
        _swap(b"X509Certificate", b"X509Crt"),
        _swap(b"#rsa-sha1", b"#dsa-sha1"),
        _swap(INCLUSIVE, b"http://www.w3.org/TR/1999/REC-xslt-19991116"),
        lambda data: data.replace(
            b'URI="#IHEManifest">',
            b'URI="#IHEManifest"><Transforms><Transform Algorithm="xslt"/></Transforms>',
        ),
    ],
)
def test_a_signature_that_nobody_can_verify_proves_nothing(
    change: Callable[[bytes], bytes],
) -> None:
    changed = change(SIGNED)
    assert changed != SIGNED
    found = read_signature(changed, [samples.signer().held])
    assert found.of(MANIFEST, kos()) is Proof.UNVERIFIABLE
    assert found.of(MANIFEST, b"") is Proof.WRONG


def test_a_digest_of_an_unknown_algorithm_proves_nothing() -> None:
    at = SIGNED.index(b'<Reference URI="urn:oid:2.25.1"')
    changed = SIGNED[:at] + SIGNED[at:].replace(b"xmldsig#sha1", b"xmldsig#md5", 1)
    assert read_signature(changed, ()).of(MANIFEST, kos()) is not Proof.TRUSTED


def _certificate(
    issuer: samples.RsaSigner | None, key: rsa.RSAPrivateKey, name: str, *, ca: bool
) -> x509.Certificate:
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    return (
        x509.CertificateBuilder()
        .subject_name(named)
        .issuer_name(issuer.held.subject if issuer else named)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(samples.AT - timedelta(days=1))
        .not_valid_after(samples.AT + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .sign(issuer.key if issuer else key, hashes.SHA256())
    )


def test_a_chain_leads_to_a_declared_root(monkeypatch: pytest.MonkeyPatch) -> None:
    root_key, key = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    root = samples.RsaSigner(root_key, _certificate(None, root_key, "root", ca=True))
    leaf = _certificate(root, key, "leaf", ca=False)
    known = signed._is_known
    at = "2026-03-02T09:30:15"
    assert known(leaf, [root.held], at)
    assert not known(leaf, [], at)
    assert not known(leaf, [root.held], "2026-04-02T09:30:15+01:00")
    assert not known(leaf, [root.held], "yesterday")
    middle = samples.RsaSigner(key, leaf)
    below = _certificate(middle, root_key, "below", ca=False)
    assert not known(below, [leaf, root.held], at)


def test_a_signer_without_an_rsa_key_is_not_verified() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(samples.AT)
        .not_valid_after(samples.AT + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    theirs = base64.b64encode(samples.signer().certificate)
    ours = base64.b64encode(made.public_bytes(Encoding.DER))
    assert read_signature(SIGNED.replace(theirs, ours), ()).proof is Proof.UNVERIFIABLE


def test_exclusive_forms_and_transforms_are_computed() -> None:
    """A part with its transform: the digest is of the very form that it names."""
    exclusive = b"http://www.w3.org/2001/10/xml-exc-c14n#"
    transform = b'<Transforms><Transform Algorithm="%s"/></Transforms>' % exclusive
    changed = SIGNED.replace(b'URI="#IHEManifest">', b'URI="#IHEManifest">' + transform)
    # The digests still hold; SignedInfo is another one than was signed.
    assert read_signature(changed, ()).proof is Proof.WRONG


class _Unreadable:
    """A certificate whose parts cannot be read."""

    @property
    def subject(self) -> x509.Name:
        raise ValueError

    def public_key(self) -> None:
        raise ValueError


def test_a_certificate_whose_parts_cannot_be_read_names_nobody() -> None:
    broken: Any = _Unreadable()
    assert signed._signer(broken) == ""
    assert signed._key(broken) is None


@pytest.mark.parametrize(
    ("identifier", "reference"), [(b"", b"None"), (b' Id=""', b""), (b' Id="None"', b"None")]
)
def test_a_manifest_without_a_name_is_not_covered(identifier: bytes, reference: bytes) -> None:
    """A reference covers another part of that name, and the manifest is anybody's."""
    other = b"None" if identifier == b"" else b"other"
    data = SIGNED.replace(b' Id="IHEManifest"', identifier)
    data = data.replace(b"#IHEManifest", b"#" + reference)
    data = data.replace(b'"purposeOfSignature"', b'"%s"' % other)
    # Its certificate cannot be read: the form alone tells.
    data = data.replace(b"<X509Certificate>", b"<X509Certificate>X")
    expected = Proof.UNVERIFIABLE if reference and identifier else Proof.WRONG
    assert read_signature(data, ()).proof is expected


def test_a_time_that_the_signature_does_not_cover_is_nobody_s_word() -> None:
    """The certificate would count at a time that its signer never told."""
    told = b"<SigningTime>2026-03-01T00:00:00Z</SigningTime>"
    loose = SIGNED.replace(b"</Signature>", b"<Object>" + told + b"</Object></Signature>")
    found = read_signature(loose, [samples.signer().held])
    assert (found.signed_at, found.proof) == ("2026-03-02T09:30:15.250+00:00", Proof.TRUSTED)
    alone = loose.replace(b"SigningTime>2026-03-02", b"OtherTime>2026-03-02")
    alone = alone.replace(b"+00:00</SigningTime>", b"+00:00</OtherTime>")
    assert read_signature(alone, ()).signed_at == ""
