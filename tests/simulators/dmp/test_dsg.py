"""The signature of the submission set (IHE DSG): good in both forms, refused when spoiled."""

from __future__ import annotations

import copy
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from shutil import which

import pytest
from lxml import etree

from simulators.pki import SERVER
from tests.simulators.dmp.conftest import Bench
from tests.simulators.dmp.sender import (
    DS,
    MANIFEST_UID,
    NOW,
    SET_UID,
    SIGNATURE_UID,
    STRUCTURE,
    Dsg,
    Publication,
    Site,
    Spoil,
    kos,
)

XADES_111 = "http://uri.etsi.org/01903/v1.1.1#"
XADES_132 = "http://uri.etsi.org/01903/v1.3.2#"
METADATA = "XDSRepositoryMetadataError"


def at(path: str) -> Callable[[etree._Element], etree._Element]:
    def find(signature: etree._Element) -> etree._Element:
        found = signature.find(path, {"d": DS, "x": XADES_111})
        assert found is not None, path
        return found

    return find


MANIFEST = ".//d:Manifest"
SET_REFERENCE = ".//d:Manifest/d:Reference[1]"
KOS_REFERENCE = ".//d:Manifest/d:Reference[2]"
PROPERTIES = ".//x:SignedProperties"
SIGNED_MANIFEST = "d:SignedInfo/d:Reference[1]"
SIGNED_PROPERTIES = "d:SignedInfo/d:Reference[2]"


def text(path: str, value: str) -> Spoil:
    def spoil(signature: etree._Element) -> None:
        at(path)(signature).text = value

    return spoil


def put(path: str, key: str, value: str) -> Spoil:
    return lambda signature: at(path)(signature).set(key, value)


def drop(path: str) -> Spoil:
    def spoil(signature: etree._Element) -> None:
        element = at(path)(signature)
        parent = element.getparent()
        assert parent is not None
        parent.remove(element)

    return spoil


def double(path: str) -> Spoil:
    return lambda s: at(path)(s).addnext(copy.deepcopy(at(path)(s)))


def transform(path: str) -> Spoil:
    def spoil(signature: etree._Element) -> None:
        transforms = etree.Element(f"{{{DS}}}Transforms")
        algorithm = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
        etree.SubElement(transforms, f"{{{DS}}}Transform", Algorithm=algorithm)
        at(path)(signature).insert(0, transforms)

    return spoil


def other_manifest_element(signature: etree._Element) -> None:
    """The reference of type Manifest points at another element, signed all the same."""
    at(MANIFEST)(signature).set("Id", "aside")
    at(".//d:SignatureProperties")(signature).set("Id", "IHEManifest")


def other_properties_element(signature: etree._Element) -> None:
    at(PROPERTIES)(signature).set("Id", "aside")
    at(".//d:SignatureProperties")(signature).set("Id", "S0-SignedProperties")


# Spoiled before it is signed: the signature itself is right, its content is not.
SAID: dict[str, tuple[Spoil, str]] = {
    "id of another": (put(".", "Id", "2.25.9"), "Signature Id"),
    "no signed manifest": (drop(SIGNED_MANIFEST), "both signed once"),
    "no signed properties": (drop(SIGNED_PROPERTIES), "both signed once"),
    "manifest signed twice": (double(SIGNED_MANIFEST), "both signed once"),
    "type of another kind": (put(SIGNED_MANIFEST, "Type", "urn:x"), "both signed once"),
    "set not listed": (drop(SET_REFERENCE), "every document once"),
    "document not listed": (drop(KOS_REFERENCE), "every document once"),
    "document listed twice": (double(KOS_REFERENCE), "every document once"),
    "another document listed": (put(KOS_REFERENCE, "URI", "urn:oid:2.25.9"), "every document once"),
    "set with a digest": (text(f"{SET_REFERENCE}/d:DigestValue", "AAAA"), "not AA=="),
    "wrong digest": (text(f"{KOS_REFERENCE}/d:DigestValue", "AAAA"), "not that of the document"),
    "digest not base64": (text(f"{KOS_REFERENCE}/d:DigestValue", "é"), "not base64"),
    "unknown digest": (
        put(f"{KOS_REFERENCE}/d:DigestMethod", "Algorithm", "urn:x"),
        "unknown digest method",
    ),
    "no digest method": (drop(f"{KOS_REFERENCE}/d:DigestMethod"), "unknown digest method"),
    "document transformed": (transform(KOS_REFERENCE), "transforms a document"),
    "no signing time": (drop(".//x:SigningTime"), "no SigningTime"),
    "no signing properties": (drop(".//x:SignedSignatureProperties"), "no SigningTime"),
    "no signing certificate": (drop(".//x:SigningCertificate"), "no SigningCertificate"),
    "another certificate": (text(".//x:CertDigest/x:DigestValue", "AAAA"), "not the certificate"),
    "certificate digest unknown": (
        put(".//x:CertDigest/x:DigestMethod", "Algorithm", "urn:x"),
        "unknown digest method",
    ),
    "certificate digest empty": (drop(".//x:CertDigest/x:DigestMethod"), "no CertDigest"),
    "no purpose": (text(".//d:SignatureProperty", "1.2.3"), "no purposeOfSignature"),
    "manifest is another element": (other_manifest_element, "not to a Manifest"),
    "properties are another element": (other_properties_element, "not to XAdES properties"),
}


@pytest.mark.parametrize("case", SAID)
def test_forbidden_content_of_a_right_signature(bench: Bench, case: str) -> None:
    spoil, words = SAID[case]

    reply = bench.submit(Publication(bench.site, dsg=Dsg(bench.site, before=spoil)))

    assert reply.codes == [METADATA]
    assert words in reply.contexts[0]
    assert bench.held == []


def filtered(signature: etree._Element) -> None:
    transform(SIGNED_MANIFEST)(signature)
    algorithm = "http://www.w3.org/TR/1999/REC-xpath-19991116"
    at(f"{SIGNED_MANIFEST}/d:Transforms/d:Transform")(signature).set("Algorithm", algorithm)


# Spoiled once it is signed.
BROKEN: dict[str, tuple[Spoil, str]] = {
    "value": (text("d:SignatureValue", "AAAA"), "does not verify"),
    "manifest": (put(KOS_REFERENCE, "URI", "urn:oid:2.25.9"), "does not verify"),
    "properties": (text(".//x:SigningTime", "2020-01-01T00:00:00Z"), "does not verify"),
    "certificate": (text("d:KeyInfo/d:X509Data/d:X509Certificate", "AAAA"), "no certificate"),
    "identifier twice": (put(".//d:SignatureProperties", "Id", "IHEManifest"), "exactly one"),
    "inherited attribute": (
        put(".", "{http://www.w3.org/XML/1998/namespace}lang", "fr"),
        "does not verify",
    ),
    "external reference": (put(SIGNED_MANIFEST, "URI", "file:///etc/hostname"), "leaves"),
    "canonical form": (put("d:SignedInfo/d:CanonicalizationMethod", "Algorithm", ""), "unknown"),
    "transform that filters": (filtered, "unknown transform"),
    "no signature method": (drop("d:SignedInfo/d:SignatureMethod"), "SignatureMethod is missing"),
    "no signed info": (drop("d:SignedInfo"), "missing or unknown"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_change_after_signing_is_seen(bench: Bench, case: str) -> None:
    spoil, words = BROKEN[case]

    reply = bench.submit(Publication(bench.site, dsg=Dsg(bench.site, after=spoil)))

    assert reply.codes == [METADATA]
    assert words in reply.contexts[0]
    assert bench.held == []


def test_sha256_with_xades_132(bench: Bench) -> None:
    assert bench.submit(Publication(bench.site, dsg=Dsg(bench.site, modern=True))).success


def test_an_attribute_that_is_inherited_may_be_signed(bench: Bench) -> None:
    """xml:lang on the root is part of the digested text of inclusive C14N."""
    marked = put(".", "{http://www.w3.org/XML/1998/namespace}lang", "fr")

    assert bench.submit(Publication(bench.site, dsg=Dsg(bench.site, before=marked))).success


@dataclass(frozen=True)
class FixedDsg(Dsg):
    """A signature document that is what it is told to be."""

    content: bytes = b""

    def build(self, _signature_id: str, _set_id: str, _documents: dict[str, bytes]) -> bytes:
        return self.content


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"not XML", "not well-formed"),
        (b"<!DOCTYPE x><x/>", "document type"),
        (b"<x/>", "not a ds:Signature"),
        (f'<Signature xmlns="{DS}" Id="{SIGNATURE_UID}"/>'.encode(), "no X509Certificate"),
    ],
)
def test_the_signature_document_is_one(bench: Bench, content: bytes, words: str) -> None:
    reply = bench.submit(Publication(bench.site, dsg=FixedDsg(bench.site, content=content)))

    assert reply.codes == [METADATA]
    assert words in reply.contexts[0]


def test_the_signing_certificate_comes_from_the_authority(bench: Bench, stranger: Site) -> None:
    reply = bench.submit(Publication(bench.site, dsg=Dsg(bench.site, signer=stranger.sign)))

    assert reply.contexts == ["no trusted authority issued the certificate"]


def test_the_signing_certificate_is_the_structures(bench: Bench, other_structure: Site) -> None:
    reply = bench.submit(Publication(bench.site, dsg=Dsg(bench.site, signer=other_structure.sign)))

    assert reply.contexts == ["the signing certificate is not the structure's"]


def test_a_server_certificate_of_the_structure_may_sign_when_its_usage_allows(
    bench: Bench,
) -> None:
    """KeyUsage decides, not the extended usage, which IGC-Santé leaves to its profiles."""
    signer = bench.site.authority.issue(f"CN=x,OU={STRUCTURE},O=x,C=FR", SERVER, NOW)

    assert bench.submit(Publication(bench.site, dsg=Dsg(bench.site, signer=signer))).success


@pytest.mark.judge
@pytest.mark.skipif(which("xmlsec1") is None, reason="xmlsec1 is not installed")
@pytest.mark.parametrize(("modern", "xades"), [(False, XADES_111), (True, XADES_132)])
def test_xmlsec1_agrees_with_what_the_tests_sign(
    site: Site, tmp_path: Path, modern: bool, xades: str
) -> None:
    """The good documents of these tests are good for a program that none of this is part of."""
    file = tmp_path / "signature.xml"
    marked = put(".", "{http://www.w3.org/XML/1998/namespace}lang", "fr")
    good = Dsg(site, modern=modern, before=marked).build(
        SIGNATURE_UID, SET_UID, {MANIFEST_UID: kos()}
    )
    command = ["xmlsec1", "--verify", "--insecure", "--ignore-manifests"]
    command += ["--id-attr:Id", f"{DS}:Manifest", "--id-attr:Id", f"{xades}:SignedProperties"]

    file.write_bytes(good)
    accepted = subprocess.run([*command, str(file)], capture_output=True, check=False)
    file.write_bytes(good.replace(MANIFEST_UID.encode(), b"2.25.9"))
    refused = subprocess.run([*command, str(file)], capture_output=True, check=False)

    assert accepted.returncode == 0
    assert refused.returncode != 0
