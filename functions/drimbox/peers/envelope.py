"""The form of a signed white list: one enveloped XAdES signature, and the part that it covers.

Two styles are official: EU-DSS's (XPath Filter 2.0 ``subtract``) and ``enveloped-signature``. Any
other form is refused before a digest is computed. So nothing can be wrapped: there is one
signature, a child of the root; it covers the whole document without itself, and its own properties
(XMLDSig 1.1 4.4.3, XAdES 1.3.2 7.2). The tables below are the algorithms that are accepted.

Only the form is judged here: :mod:`functions.drimbox.peers.signature` verifies the values.
"""

from __future__ import annotations

import base64
import binascii
import copy
import hashlib
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from functions.drimbox.errors import WhiteListUnusable
from functions.drimbox.identity.unreadable_certificate import UNREADABLE
from functions.drimbox.peers.faults import Fault
from functions.drimbox.peers.white_list import date_time
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

DS: Final = "http://www.w3.org/2000/09/xmldsig#"
XADES: Final = "http://uri.etsi.org/01903/v1.3.2#"
_FILTER: Final = "http://www.w3.org/2002/06/xmldsig-filter2"
_MORE: Final = "http://www.w3.org/2001/04/xmldsig-more#"
_ENCRYPTION: Final = "http://www.w3.org/2001/04/xmlenc#"
_PROPERTIES_TYPE: Final = "http://uri.etsi.org/01903#SignedProperties"
ENVELOPED: Final = f"{DS}enveloped-signature"
_EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
_INCLUSIVE: Final = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
# Canonical forms without comments; the value says whether the form is exclusive.
CANONICAL: Final = {
    _EXCLUSIVE: True,
    _INCLUSIVE: False,
    "http://www.w3.org/2006/12/xml-c14n11": False,
}
METHODS: Final = frozenset({f"{_MORE}rsa-sha256", f"{_MORE}rsa-sha384", f"{_MORE}rsa-sha512"})
DIGESTS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    f"{_ENCRYPTION}sha256": lambda data: hashlib.sha256(data).digest(),
    f"{_MORE}sha384": lambda data: hashlib.sha384(data).digest(),
    f"{_ENCRYPTION}sha512": lambda data: hashlib.sha512(data).digest(),
}
_MOST_CERTIFICATES: Final = 10


@frozen
class Envelope:
    """``covered`` is the part that the signature covers, as canonical XML, its digest checked.

    ``certificate`` is the signer's: the one that the signed properties name by its digest.
    ``signed_at`` is the signer's own word (SigningTime). ``signature`` and ``properties`` are
    elements of the document, for the verification of the values.
    """

    covered: bytes
    certificate: x509.Certificate
    signed_at: datetime
    signature: etree._Element
    properties: etree._Element


def open_envelope(root: etree._Element) -> Envelope:
    """The envelope of the document under ``root``.

    Raises WhiteListUnusable: ``unsigned``, ``signature_form``, or ``altered`` when the digest of
    the document is not the one that was signed.
    """
    signatures = list(root.iter(f"{{{DS}}}Signature"))
    if not signatures:
        raise WhiteListUnusable(Fault.UNSIGNED)
    if len(signatures) > 1 or signatures[0].getparent() is not root:
        raise _form("not one signature, in the root")
    signature = signatures[0]
    info, _, key, thing = _parts(signature, "SignedInfo", "SignatureValue", "KeyInfo", "Object")
    properties = _properties(signature, thing)
    covered = _covered(root, _references(info, root, properties))
    signing, signed_at = _signing(properties)
    return Envelope(covered, _named(signing, _certificates(key)), signed_at, signature, properties)


def covered_part(root: etree._Element, canonical: str = _EXCLUSIVE) -> bytes:
    """The document without its signatures, as canonical XML.

    Raises WhiteListUnusable for one that has no canonical form: the name of a namespace that is no
    absolute URI (Canonical XML 1.0, 1.3).
    """
    bare = copy.deepcopy(root)
    for signature in list(bare.iterchildren(f"{{{DS}}}Signature")):
        # lxml would take the text behind it away too.
        before = signature.getprevious()
        if before is None:
            bare.text = (bare.text or "") + (signature.tail or "")
        else:
            before.tail = (before.tail or "") + (signature.tail or "")
        bare.remove(signature)
    exclusive = CANONICAL[canonical]
    try:
        return etree.tostring(bare, method="c14n", exclusive=exclusive, with_comments=False)
    except etree.C14NError:
        raise _form("canonical form") from None


def _form(what: str) -> WhiteListUnusable:
    return WhiteListUnusable(Fault.SIGNATURE_FORM, what)


def _parts(parent: etree._Element, *names: str, namespace: str = DS) -> list[etree._Element]:
    """The children of ``parent``, which are exactly those of ``names``, in this order."""
    found = list(parent)
    if [one.tag for one in found] != [f"{{{namespace}}}{name}" for name in names]:
        raise _form(etree.QName(parent).localname)
    return found


def _algorithm(element: etree._Element) -> str:
    """The algorithm of an element that has no parameter."""
    if len(element) or set(element.attrib) != {"Algorithm"}:
        raise _form(etree.QName(element).localname)
    return element.get("Algorithm", "")


def _binary(element: etree._Element) -> bytes:
    """Base64 with white space (XML Schema 3.2.16)."""
    try:
        if len(element):
            raise ValueError("elements where base64 is due")
        return base64.b64decode("".join((element.text or "").split()), validate=True)
    except (binascii.Error, ValueError):
        raise _form(etree.QName(element).localname) from None


def _properties(signature: etree._Element, thing: etree._Element) -> etree._Element:
    """SignedProperties, of this signature and of no other; unsigned properties are not read."""
    [qualifying] = _parts(thing, "QualifyingProperties", namespace=XADES)
    identifier = signature.get("Id")
    if not identifier or qualifying.get("Target") != f"#{identifier}":
        raise _form("Target")
    found = list(qualifying)
    names = [one.tag for one in found]
    signed, unsigned = (f"{{{XADES}}}{name}Properties" for name in ("Signed", "Unsigned"))
    if names not in ([signed], [signed, unsigned]):
        raise _form("QualifyingProperties")
    return found[0]


@frozen
class _Reference:
    """The digest of the document: ``canonical`` names the form that is digested."""

    canonical: str
    method: str
    digest: bytes


def _references(
    info: etree._Element, root: etree._Element, properties: etree._Element
) -> _Reference:
    """The reference to the document; the other one is to the signed properties."""
    canonical, method, first, second = _parts(
        info, "CanonicalizationMethod", "SignatureMethod", "Reference", "Reference"
    )
    if _algorithm(canonical) not in CANONICAL or _algorithm(method) not in METHODS:
        raise _form("an algorithm that is not accepted")
    document, other = (first, second) if first.get("URI") == "" else (second, first)
    _require_reference_to(other, root, properties)
    transforms, digest_method, value = _parts(document, "Transforms", "DigestMethod", "DigestValue")
    if document.get("URI") != "" or not set(document.attrib) <= {"URI", "Id"}:
        raise _form("no reference to the document")
    return _Reference(_document_form(transforms), _digest(digest_method), _binary(value))


def _require_reference_to(
    reference: etree._Element, root: etree._Element, properties: etree._Element
) -> None:
    """It names the signed properties, by an identifier that the document holds once."""
    identifier = properties.get("Id")
    holders = [
        element
        for element in root.iter()
        for name, value in element.attrib.items()
        if etree.QName(name).localname.lower() == "id" and value == identifier
    ]
    if (
        not identifier
        or len(holders) != 1
        or reference.get("URI") != f"#{identifier}"
        or reference.get("Type") != _PROPERTIES_TYPE
    ):
        raise _form("no reference to the signed properties")
    parts = list(reference)
    if len(parts) == 3:
        [transform] = _parts(parts[0], "Transform")
        if _algorithm(transform) not in CANONICAL:
            raise _form("a transform that is not accepted")
        reference = copy.deepcopy(reference)
        reference.remove(reference[0])
    method, value = _parts(reference, "DigestMethod", "DigestValue")
    _digest(method)
    _binary(value)


def _digest(element: etree._Element) -> str:
    algorithm = _algorithm(element)
    if algorithm not in DIGESTS:
        raise _form("a digest that is not accepted")
    return algorithm


def _document_form(transforms: etree._Element) -> str:
    """The canonical form of the document; its transforms take the signature away, and no more."""
    found = list(transforms)
    if not 1 <= len(found) <= 2 or {one.tag for one in found} != {f"{{{DS}}}Transform"}:
        raise _form("Transforms")
    if not (_subtracts(found[0]) or _algorithm(found[0]) == ENVELOPED):
        raise _form("a transform that is not accepted")
    canonical = _algorithm(found[1]) if len(found) == 2 else _INCLUSIVE
    if canonical not in CANONICAL:
        raise _form("a transform that is not accepted")
    return canonical


def _subtracts(transform: etree._Element) -> bool:
    """Whether it is EU-DSS's filter: all but the signatures."""
    if transform.get("Algorithm") != _FILTER or len(transform) != 1:
        return False
    path = transform[0]
    return (
        path.tag == f"{{{_FILTER}}}XPath"
        and path.items() == [("Filter", "subtract")]
        and not len(path)
        and (path.text or "").strip() == "/descendant::ds:Signature"
        and path.nsmap.get("ds") == DS
    )


def _covered(root: etree._Element, reference: _Reference) -> bytes:
    covered = covered_part(root, reference.canonical)
    if DIGESTS[reference.method](covered) != reference.digest:
        raise WhiteListUnusable(Fault.ALTERED, "the digest of the document")
    return covered


def _certificates(key: etree._Element) -> list[x509.Certificate]:
    """Every certificate of KeyInfo, ten at most."""
    elements = key.findall(f"{{{DS}}}X509Data/{{{DS}}}X509Certificate")
    if len(elements) > _MOST_CERTIFICATES:
        raise _form("KeyInfo")
    try:
        return [x509.load_der_x509_certificate(_binary(one)) for one in elements]
    except UNREADABLE:
        raise _form("X509Certificate") from None


def _signing(properties: etree._Element) -> tuple[etree._Element, datetime]:
    """The digest of the signer's certificate (CertDigest), and the time of the signature."""
    of_signature = properties.find(f"{{{XADES}}}SignedSignatureProperties")
    found = [] if of_signature is None else list(of_signature)
    times = [one for one in found if one.tag == f"{{{XADES}}}SigningTime"]
    names = {f"{{{XADES}}}SigningCertificate", f"{{{XADES}}}SigningCertificateV2"}
    signers = [one for one in found if one.tag in names]
    if len(times) != 1 or len(signers) != 1:
        raise _form("SignedSignatureProperties")
    signed_at = date_time((times[0].text or "").strip())
    digest = signers[0].find(f"{{{XADES}}}Cert/{{{XADES}}}CertDigest")
    if signed_at is None or digest is None:
        raise _form("SigningTime or CertDigest")
    return digest, signed_at


def _named(digest: etree._Element, certificates: list[x509.Certificate]) -> x509.Certificate:
    """The certificate that the digest names."""
    method, value = _parts(digest, "DigestMethod", "DigestValue")
    compute, wanted = DIGESTS[_digest(method)], _binary(value)
    for one in certificates:
        if compute(one.public_bytes(Encoding.DER)) == wanted:
            return one
    raise _form("the signed properties name a certificate that is not there")
