"""The signature of a submission set: IHE DSG (ITI TF-3 5.5) with XAdES 1.1.1 or 1.3.2."""

from __future__ import annotations

import copy
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from simulators.dmp.certificates import Authorities, Untrusted, may_sign, structures
from simulators.dmp.markup import NAMESPACES, BadXml, name, parse, text
from simulators.dmp.signatures import (
    CANONICAL,
    DIGESTS,
    BadSignature,
    Reference,
    decode,
    only_element,
    signed_references,
    signing_certificate,
    verify,
)

PURPOSE: Final = "1.2.840.10065.1.12.1.14"
_XML: Final = "http://www.w3.org/XML/1998/namespace"
_MANIFEST_TYPE: Final = "http://www.w3.org/2000/09/xmldsig#Manifest"
# Namespace of QualifyingProperties -> Type of the reference to SignedProperties.
_XADES: Final = {
    "http://uri.etsi.org/01903/v1.1.1#": "http://uri.etsi.org/01903/v1.1.1#SignedProperties",
    "http://uri.etsi.org/01903/v1.3.2#": "http://uri.etsi.org/01903#SignedProperties",
}
_NO_DIGEST: Final = b"\x00"  # AA==: DSG has no digest for a set that is not a document


@dataclass(frozen=True, slots=True)
class Signed:
    """The references that the signature's manifest must cover: the submission set, and each
    document but the signature by its uniqueId. ``signature_id`` is the uniqueId of the signature
    document.
    """

    submission_set_id: str
    signature_id: str
    documents: Mapping[str, bytes]


def check_signature_document(
    content: bytes,
    signed: Signed,
    *,
    authorities: Authorities,
    holders: frozenset[str],
    at: datetime,
) -> None:
    """Refuse a signature document that does not sign exactly ``signed``.

    ``holders`` are the structures for whom the submission is made: the signing certificate must
    be theirs. Raises :class:`BadSignature`.
    """
    try:
        signature = parse(content)
    except BadXml as error:
        raise BadSignature(f"the signature document cannot be read: {error}") from error
    if signature.tag != name("ds:Signature"):
        raise BadSignature("the signature document is not a ds:Signature")
    if signature.get("Id", "") != signed.signature_id:
        raise BadSignature("Signature Id is not the uniqueId of the signature document")
    certificate = signing_certificate(signature)
    try:
        authorities.check(certificate, at)
    except Untrusted as error:
        raise BadSignature(str(error)) from error
    if structures(certificate) != holders or not may_sign(certificate):
        raise BadSignature("the signing certificate is not the structure's")
    verify(_without_objects(signature), certificate, "Id")
    manifest = _covered(signature, {_MANIFEST_TYPE})
    if manifest.tag != name("ds:Manifest"):
        raise BadSignature("the reference of type Manifest is not to a Manifest")
    _check_manifest(manifest, signed)
    _check_properties(_covered(signature, set(_XADES.values())), certificate)
    _check_purpose(signature)


def _without_objects(signature: etree._Element) -> etree._Element:
    """A copy of the signature whose Objects are its siblings, in the same namespace context.

    libxmlsec1 follows every Manifest inside a signature, and fails on ``urn:oid:`` references,
    which are ours to check. A canonical form depends on the namespaces in scope, not on the
    parent's name, so the digests stay those of the document.
    """
    nsmap: dict[Any, str] = dict(signature.nsmap)
    holder = etree.Element("holder", nsmap=nsmap)
    for key, value in signature.attrib.items():
        if etree.QName(key).namespace == _XML:  # inherited by the canonical form, as namespaces
            holder.set(key, value)
    alone = copy.deepcopy(signature)
    holder.append(alone)
    holder.extend(alone.findall(name("ds:Object")))
    return alone


def _covered(signature: etree._Element, kinds: set[str]) -> etree._Element:
    """The element that the one signed reference of that Type covers, whole."""
    references = [r for r in signed_references(signature) if r.kind in kinds]
    if len(references) != 1 or not set(references[0].transforms) <= CANONICAL:
        raise BadSignature("the Manifest and SignedProperties are not both signed once")
    return only_element(signature, references[0].uri[1:])


def _check_manifest(manifest: etree._Element, signed: Signed) -> None:
    references = [Reference.read(e) for e in manifest.iterfind(name("ds:Reference"))]
    by_uri = {reference.uri: reference for reference in references}
    set_uri = f"urn:oid:{signed.submission_set_id}"
    documents = {f"urn:oid:{unique_id}": c for unique_id, c in signed.documents.items()}
    if len(by_uri) != len(references) or set(by_uri) != {set_uri, *documents}:
        raise BadSignature("the Manifest does not list the submission set and every document once")
    if by_uri[set_uri].digest != _NO_DIGEST:
        raise BadSignature("the Manifest's digest of the submission set is not AA==")
    for uri, content in documents.items():
        reference = by_uri[uri]
        if reference.transforms:
            raise BadSignature("the Manifest transforms a document")
        if not hmac.compare_digest(reference.digest, DIGESTS[reference.method](content)):
            raise BadSignature("the Manifest's digest is not that of the document")


def _check_properties(properties: etree._Element, certificate: x509.Certificate) -> None:
    """XAdES 7.2: when it was signed, and with which certificate."""
    namespace = etree.QName(properties).namespace or ""
    if namespace not in _XADES or etree.QName(properties).localname != "SignedProperties":
        raise BadSignature("the reference of type SignedProperties is not to XAdES properties")
    xades = f"{{{namespace}}}"
    facts = properties.find(f"{xades}SignedSignatureProperties")
    if facts is None or not text(facts.find(f"{xades}SigningTime")):
        raise BadSignature("no SigningTime")
    digest = facts.find(f"{xades}SigningCertificate/{xades}Cert/{xades}CertDigest")
    if digest is None:
        raise BadSignature("no SigningCertificate")
    method, value = _digest(digest, xades)
    if method not in DIGESTS:
        raise BadSignature("unknown digest method")
    if not hmac.compare_digest(value, DIGESTS[method](certificate.public_bytes(Encoding.DER))):
        raise BadSignature("SigningCertificate is not the certificate of KeyInfo")


def _digest(element: etree._Element, xades: str) -> tuple[str, bytes]:
    """Method and value of a CertDigest, whose children are ds: in XAdES 1.3.2 and XAdES' own in
    the schema of 1.1.1; the first children found count."""
    for namespace in (f"{{{NAMESPACES['ds']}}}", xades):
        method = element.find(f"{namespace}DigestMethod")
        if method is not None:
            value = decode(text(element.find(f"{namespace}DigestValue")))
            return method.get("Algorithm", ""), value
    raise BadSignature("no CertDigest")


def _check_purpose(signature: etree._Element) -> None:
    path = "/".join(
        name(f"ds:{step}") for step in ("Object", "SignatureProperties", "SignatureProperty")
    )
    if PURPOSE not in {text(element) for element in signature.iterfind(path)}:
        raise BadSignature("no purposeOfSignature")
