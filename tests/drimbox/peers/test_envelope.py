"""functions.drimbox.peers.envelope: two official styles, and no other form."""

from __future__ import annotations

import base64
import copy
from collections.abc import Callable

import pytest
from lxml import etree

from functions.drimbox.peers.envelope import (
    CANONICAL,
    DIGESTS,
    DS,
    XADES,
    covered_part,
    open_envelope,
)
from functions.drimbox.peers.faults import Fault
from functions.drimbox.safe_xml import parse
from simulators.whitelist.lists import NAMESPACE
from simulators.whitelist.publisher import to_bytes
from simulators.whitelist.signing import ENVELOPED, FILTER, Style
from tests.drimbox.peers.scenes import AT, fault, publisher

NS = {"ds": DS, "xades": XADES, "l": NAMESPACE}
STYLES = pytest.mark.parametrize("style", [FILTER, ENVELOPED], ids=["filter", "enveloped"])
SHA1 = f"{DS}sha1"


def signed(style: Style = FILTER) -> etree._Element:
    return parse(to_bytes(publisher().signed(style)))


def at(root: etree._Element, path: str) -> etree._Element:
    found = root.find(path, NS)
    assert found is not None, path
    return found


SIGNATURE = "ds:Signature"
INFO = f"{SIGNATURE}/ds:SignedInfo"
DOCUMENT, PROPERTIES = f"{INFO}/ds:Reference[1]", f"{INFO}/ds:Reference[2]"
QUALIFYING = f"{SIGNATURE}/ds:Object/xades:QualifyingProperties"
SIGNED = f"{QUALIFYING}/xades:SignedProperties"
OF_SIGNATURE = f"{SIGNED}/xades:SignedSignatureProperties"
TRANSFORMS = f"{DOCUMENT}/ds:Transforms"


@STYLES
def test_an_official_envelope_is_opened(style: Style) -> None:
    made = publisher()
    found = open_envelope(signed(style))
    assert found.certificate == made.signer.certificate
    assert found.signed_at == AT
    covered = parse(found.covered)
    assert covered.find(SIGNATURE, NS) is None
    assert len(covered.findall(".//l:Domaine", NS)) == 3
    assert found.signature.tag == f"{{{DS}}}Signature"
    assert found.properties.tag == f"{{{XADES}}}SignedProperties"


@pytest.mark.parametrize("place", [0, 1])
def test_the_text_around_the_signature_is_covered(place: int) -> None:
    root = signed()
    before = covered_part(root)
    signature = at(root, SIGNATURE)
    root.remove(signature)
    signature.tail = "\n  "
    root.insert(place, signature)
    assert len(covered_part(root)) == len(before) + 3
    assert fault(lambda: open_envelope(root)) == Fault.ALTERED


def move(path: str, target: str) -> Callable[[etree._Element], None]:
    def change(root: etree._Element) -> None:
        at(root, target).append(at(root, path))

    return change


def put(path: str, **attributes: str) -> Callable[[etree._Element], None]:
    def change(root: etree._Element) -> None:
        for name, value in attributes.items():
            at(root, path).set(name, value)

    return change


def drop(path: str, attribute: str = "") -> Callable[[etree._Element], None]:
    def change(root: etree._Element) -> None:
        found = at(root, path)
        if attribute:
            del found.attrib[attribute]
        else:
            parent = found.getparent()
            assert parent is not None
            parent.remove(found)

    return change


def double(path: str) -> Callable[[etree._Element], None]:
    def change(root: etree._Element) -> None:
        found = at(root, path)
        found.addnext(copy.deepcopy(found))

    return change


def add(path: str, content: str) -> Callable[[etree._Element], None]:
    def change(root: etree._Element) -> None:
        at(root, path).append(etree.fromstring(content))

    return change


def write(path: str, text: str) -> Callable[[etree._Element], None]:
    def change(root: etree._Element) -> None:
        at(root, path).text = text

    return change


def rename(path: str, tag: str) -> Callable[[etree._Element], None]:
    def change(root: etree._Element) -> None:
        at(root, path).tag = tag

    return change


TRANSFORM = f'<ds:Transform xmlns:ds="{DS}" Algorithm="%s"/>'
FORMS = {
    "in a domain": move(SIGNATURE, "l:ListeDomaines"),
    "twice": double(SIGNATURE),
    "a signature in its own object": lambda root: at(root, f"{SIGNATURE}/ds:Object").append(
        copy.deepcopy(at(root, SIGNATURE))
    ),
    "a second object": add(SIGNATURE, f'<ds:Object xmlns:ds="{DS}"/>'),
    "a list in the object": add(
        f"{SIGNATURE}/ds:Object", f'<ListeBlancheDRIM-M xmlns="{NAMESPACE}"/>'
    ),
    "no value": drop(f"{SIGNATURE}/ds:SignatureValue"),
    "no key": drop(f"{SIGNATURE}/ds:KeyInfo"),
    "two infos": double(INFO),
    "no identifier": drop(SIGNATURE, "Id"),
    "another target": put(QUALIFYING, Target="#other"),
    "no target": drop(QUALIFYING, "Target"),
    "properties twice": double(SIGNED),
    "other properties": rename(SIGNED, f"{{{XADES}}}Other"),
    "a third reference": double(PROPERTIES),
    "one reference": drop(PROPERTIES),
    "two references to the properties": lambda root: root.find(INFO, NS).replace(
        at(root, DOCUMENT), copy.deepcopy(at(root, PROPERTIES))
    ),
    "two references to the document": lambda root: root.find(INFO, NS).replace(
        at(root, PROPERTIES), copy.deepcopy(at(root, DOCUMENT))
    ),
    "a reference without address": drop(DOCUMENT, "URI"),
    "a reference to another file": put(DOCUMENT, URI="https://elsewhere.example/"),
    "a reference to an element": put(DOCUMENT, URI="#x"),
    "a reference by xpointer": put(DOCUMENT, URI="#xpointer(/)"),
    "a typed reference to the document": put(DOCUMENT, Type="urn:x"),
    "an untyped reference to the properties": drop(PROPERTIES, "Type"),
    "a manifest": put(PROPERTIES, Type=f"{DS}Manifest"),
    "properties named otherwise": put(PROPERTIES, URI="#other"),
    "properties without a name": drop(SIGNED, "Id"),
    "properties with an empty name": put(SIGNED, Id=""),
    "their name on another element": lambda root: at(root, "l:ListeDomaines").set(
        "Id", at(root, SIGNED).get("Id", "")
    ),
    "their name in another attribute": lambda root: at(root, "l:ListeDomaines").set(
        "{http://www.w3.org/XML/1998/namespace}id", at(root, SIGNED).get("Id", "")
    ),
    "comments in the canonical form": put(
        f"{INFO}/ds:CanonicalizationMethod",
        Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
    ),
    "a parameter of the canonical form": add(
        f"{INFO}/ds:CanonicalizationMethod",
        '<InclusiveNamespaces xmlns="http://www.w3.org/2001/10/xml-exc-c14n#" PrefixList="x"/>',
    ),
    "no canonical form": drop(f"{INFO}/ds:CanonicalizationMethod", "Algorithm"),
    "hmac": put(f"{INFO}/ds:SignatureMethod", Algorithm=f"{DS}hmac-sha1"),
    "rsa-sha1": put(f"{INFO}/ds:SignatureMethod", Algorithm=f"{DS}rsa-sha1"),
    "dsa": put(f"{INFO}/ds:SignatureMethod", Algorithm=f"{DS}dsa-sha1"),
    "a length of the method": add(
        f"{INFO}/ds:SignatureMethod",
        f'<ds:HMACOutputLength xmlns:ds="{DS}">1</ds:HMACOutputLength>',
    ),
    "sha1 of the document": put(f"{DOCUMENT}/ds:DigestMethod", Algorithm=SHA1),
    "sha1 of the properties": put(f"{PROPERTIES}/ds:DigestMethod", Algorithm=SHA1),
    "md5 of the certificate": put(
        f"{OF_SIGNATURE}//ds:DigestMethod",
        Algorithm="http://www.w3.org/2001/04/xmldsig-more#md5",
    ),
    "a digest that is no base64": write(f"{DOCUMENT}/ds:DigestValue", "%"),
    "a digest of elements": add(f"{DOCUMENT}/ds:DigestValue", "<x/>"),
    "properties' digest that is no base64": write(f"{PROPERTIES}/ds:DigestValue", "%"),
    "no digest": drop(f"{DOCUMENT}/ds:DigestValue"),
    "no transforms": drop(TRANSFORMS),
    "transforms emptied": lambda root: at(root, TRANSFORMS).clear(),
    "one transform of three": add(TRANSFORMS, TRANSFORM % f"{DS}enveloped-signature"),
    "another child of transforms": add(TRANSFORMS, "<x/>"),
    "the canonical form alone": drop(f"{TRANSFORMS}/ds:Transform[1]"),
    "the canonical form first": move(f"{TRANSFORMS}/ds:Transform[1]", TRANSFORMS),
    "xslt": put(
        f"{TRANSFORMS}/ds:Transform[2]", Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"
    ),
    "base64": put(f"{TRANSFORMS}/ds:Transform[2]", Algorithm=f"{DS}base64"),
    "xpath 1": put(
        f"{TRANSFORMS}/ds:Transform[1]", Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"
    ),
    "a filter without a path": lambda root: at(root, f"{TRANSFORMS}/ds:Transform[1]").clear(),
    "a filter with two paths": double(f"{TRANSFORMS}/ds:Transform[1]/*"),
    "a path of more": write(f"{TRANSFORMS}/ds:Transform[1]/*", "/descendant::ds:Signature | //*"),
    "a path of nothing": write(f"{TRANSFORMS}/ds:Transform[1]/*", ""),
    "a path with elements": add(f"{TRANSFORMS}/ds:Transform[1]/*", "<x/>"),
    "a filter that intersects": put(f"{TRANSFORMS}/ds:Transform[1]/*", Filter="intersect"),
    "a filter with another attribute": put(f"{TRANSFORMS}/ds:Transform[1]/*", other="x"),
    "a path of another name": rename(f"{TRANSFORMS}/ds:Transform[1]/*", f"{{{DS}}}XPath"),
    "a transform of the properties": put(
        f"{PROPERTIES}/ds:Transforms/ds:Transform", Algorithm=f"{DS}base64"
    ),
    "two transforms of the properties": double(f"{PROPERTIES}/ds:Transforms/ds:Transform"),
    "no time": drop(f"{OF_SIGNATURE}/xades:SigningTime"),
    "two times": double(f"{OF_SIGNATURE}/xades:SigningTime"),
    "a time that is none": write(f"{OF_SIGNATURE}/xades:SigningTime", "yesterday"),
    "no certificate named": drop(f"{OF_SIGNATURE}/xades:SigningCertificateV2"),
    "two certificates named": double(f"{OF_SIGNATURE}/xades:SigningCertificateV2"),
    "no digest of the certificate": drop(f"{OF_SIGNATURE}//xades:CertDigest"),
    "no properties of the signature": drop(OF_SIGNATURE),
    "another certificate named": write(f"{OF_SIGNATURE}//ds:DigestValue", "AAAA"),
    "no certificate": drop(f"{SIGNATURE}/ds:KeyInfo/ds:X509Data"),
    "a certificate that is none": write(f"{SIGNATURE}//ds:X509Certificate", "AAAA"),
    "a certificate that is no base64": write(f"{SIGNATURE}//ds:X509Certificate", "%"),
}


@pytest.mark.parametrize("name", FORMS)
def test_another_form_is_refused(name: str) -> None:
    root = signed()
    FORMS[name](root)
    assert fault(lambda: open_envelope(root)) == Fault.SIGNATURE_FORM


def test_a_prefix_that_means_something_else_is_refused() -> None:
    """The path of the filter names ``ds:Signature``: the prefix must be that of XMLDSig."""
    text = to_bytes(publisher().signed()).decode()
    changed = text.replace('Filter="subtract"', 'Filter="subtract" xmlns:ds="urn:other"')
    assert changed != text
    assert fault(lambda: open_envelope(parse(changed.encode()))) == Fault.SIGNATURE_FORM


def test_more_certificates_than_ten_are_refused() -> None:
    root = signed()
    shown = at(root, f"{SIGNATURE}//ds:X509Certificate")
    for _ in range(10):
        shown.addnext(copy.deepcopy(shown))
    assert fault(lambda: open_envelope(root)) == Fault.SIGNATURE_FORM


def test_a_list_without_a_signature_is_unsigned() -> None:
    root = signed()
    drop(SIGNATURE)(root)
    assert fault(lambda: open_envelope(root)) == Fault.UNSIGNED


@pytest.mark.parametrize(
    "change",
    [
        write("l:DateDeGeneration", "2026-11-24T09:00:01Z"),
        write("l:ListeDomaines/l:Domaine/l:db", "db1.666.example"),
        put("l:ListeDomaines", Id="x"),
        drop("l:ListeDomaines/l:Domaine[2]"),
        double("l:ListeDomaines/l:Domaine[2]"),
        write(f"{DOCUMENT}/ds:DigestValue", "AAAA"),
        put(f"{DOCUMENT}/ds:DigestMethod", Algorithm=sorted(DIGESTS)[0]),
    ],
)
def test_a_change_of_the_document_is_seen(change: Callable[[etree._Element], None]) -> None:
    root = signed()
    change(root)
    assert fault(lambda: open_envelope(root)) == Fault.ALTERED


def test_unsigned_properties_are_not_read() -> None:
    root = signed()
    add(QUALIFYING, f'<xades:UnsignedProperties xmlns:xades="{XADES}"/>')(root)
    assert open_envelope(root).signed_at == AT


def test_the_references_may_stand_in_the_other_order_and_the_properties_without_transform() -> None:
    root = signed()
    move(DOCUMENT, INFO)(root)
    drop(f"{INFO}/ds:Reference[1]/ds:Transforms")(root)
    assert open_envelope(root).signed_at == AT


@pytest.mark.parametrize("canonical", sorted(CANONICAL))
def test_the_document_may_have_each_canonical_form(canonical: str) -> None:
    root = signed(ENVELOPED)
    digest = DIGESTS["http://www.w3.org/2001/04/xmlenc#sha256"](covered_part(root, canonical))
    put(f"{TRANSFORMS}/ds:Transform[2]", Algorithm=canonical)(root)
    write(f"{DOCUMENT}/ds:DigestValue", in_lines(digest))(root)
    assert open_envelope(root).covered == covered_part(root, canonical)


def test_without_a_canonical_form_it_is_the_inclusive_one() -> None:
    """XMLDSig 1.1 4.4.3.2: canonical XML 1.0 turns nodes into octets."""
    root = signed(ENVELOPED)
    inclusive = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
    digest = DIGESTS["http://www.w3.org/2001/04/xmlenc#sha256"](covered_part(root, inclusive))
    drop(f"{TRANSFORMS}/ds:Transform[2]")(root)
    write(f"{DOCUMENT}/ds:DigestValue", in_lines(digest))(root)
    assert open_envelope(root).covered == covered_part(root, inclusive)


def in_lines(data: bytes) -> str:
    """Base64 in lines, as XML Schema permits it."""
    text = base64.b64encode(data).decode()
    return f"\n{text[:20]}\n{text[20:]}\n"


def test_a_document_without_a_canonical_form_is_refused() -> None:
    """A relative namespace has none; libxml2 refuses it in words of its own."""
    root = parse(
        to_bytes(publisher().signed(FILTER)).replace(NAMESPACE.encode(), b"a/relative/uri")
    )
    assert fault(lambda: open_envelope(root)) == Fault.SIGNATURE_FORM
