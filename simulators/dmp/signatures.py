"""XML signatures (W3C XMLDSig 1.1), verified with libxmlsec1: the signed parts and the signer."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from simulators.dmp.certificates import Untrusted, read_der
from simulators.dmp.markup import children, name, text

_DS: Final = "http://www.w3.org/2000/09/xmldsig#"
_C14N: Final = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
_C14N11: Final = "http://www.w3.org/2006/12/xml-c14n11"
_EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
_MORE: Final = "http://www.w3.org/2001/04/xmldsig-more#"
_ENCRYPTION: Final = "http://www.w3.org/2001/04/xmlenc#"
ENVELOPED: Final = f"{_DS}enveloped-signature"
CANONICAL: Final = frozenset(
    form + comments for form in (_C14N, _C14N11) for comments in ("", "#WithComments")
) | {_EXCLUSIVE, f"{_EXCLUSIVE}WithComments"}
SIGNATURE_METHODS: Final = frozenset(
    {f"{_DS}rsa-sha1", f"{_MORE}rsa-sha256", f"{_MORE}rsa-sha384", f"{_MORE}rsa-sha512"}
)


def sha1(data: bytes) -> bytes:
    """SHA-1 as XDS (TF-3 4.2.3.2.10) and the network's signatures demand it."""
    return hashlib.sha1(data, usedforsecurity=False).digest()


DIGESTS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    f"{_DS}sha1": sha1,
    f"{_ENCRYPTION}sha256": lambda data: hashlib.sha256(data).digest(),
    f"{_MORE}sha384": lambda data: hashlib.sha384(data).digest(),
    f"{_ENCRYPTION}sha512": lambda data: hashlib.sha512(data).digest(),
}


class BadSignature(ValueError):
    """The signature is not accepted; the message names the rule broken."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A ds:Reference: ``digest`` is the decoded DigestValue, ``method`` its algorithm."""

    uri: str
    kind: str
    transforms: tuple[str, ...]
    method: str
    digest: bytes

    @classmethod
    def read(cls, element: etree._Element) -> Reference:
        """Raises :class:`BadSignature` when the digest is not base64 or its method unknown."""
        method = element.find(name("ds:DigestMethod"))
        algorithm = "" if method is None else method.get("Algorithm", "")
        if algorithm not in DIGESTS:
            raise BadSignature("unknown digest method")
        transforms = element.iterfind(f"{name('ds:Transforms')}/{name('ds:Transform')}")
        return cls(
            uri=element.get("URI", ""),
            kind=element.get("Type", ""),
            transforms=tuple(transform.get("Algorithm", "") for transform in transforms),
            method=algorithm,
            digest=decode(text(element.find(name("ds:DigestValue")))),
        )


def decode(value: str) -> bytes:
    """Base64 with white space. Raises :class:`BadSignature`."""
    try:
        return base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadSignature("a value is not base64") from error


def signed_references(signature: etree._Element) -> list[Reference]:
    """The references of SignedInfo. Raises :class:`BadSignature`."""
    infos = children(signature, "ds:SignedInfo")
    if len(infos) != 1:
        raise BadSignature("not exactly one SignedInfo")
    return [Reference.read(element) for element in children(infos[0], "ds:Reference")]


def signing_certificate(signature: etree._Element) -> x509.Certificate:
    """The first certificate of KeyInfo. Raises :class:`BadSignature`."""
    path = "/".join(name(f"ds:{step}") for step in ("KeyInfo", "X509Data", "X509Certificate"))
    element = signature.find(path)
    if element is None:
        raise BadSignature("no X509Certificate in KeyInfo")
    try:
        return read_der(decode(text(element)))
    except Untrusted as error:
        raise BadSignature("KeyInfo holds no certificate") from error


def only_element(root: etree._Element, identifier: str) -> etree._Element:
    """The one element of the whole tree whose ID is ``identifier``.

    An identifier found twice is how signature wrapping works, whatever the attribute is called.
    Raises :class:`BadSignature`.
    """
    holders = [
        element
        for element in root.iter()
        for key, value in element.attrib.items()
        if etree.QName(key).localname.lower() == "id" and value == identifier
    ]
    if len(holders) != 1:
        raise BadSignature("a signed identifier is not that of exactly one element")
    return holders[0]


def verify(signature: etree._Element, certificate: x509.Certificate, id_attribute: str) -> None:
    """Verify the signature value and every digest of SignedInfo with the certificate's key.

    ``id_attribute`` is the attribute that holds identifiers (``ID`` in SAML, ``Id`` in XMLDSig).
    Only the algorithms of this module's tables are accepted; a reference may only point inside
    the document. Raises :class:`BadSignature`.
    """
    _check_algorithms(signature)
    root = signature.getroottree().getroot()
    for reference in signed_references(signature):
        if not reference.uri.startswith("#"):
            raise BadSignature("a reference leaves the document")
        only_element(root, reference.uri[1:])
    try:
        xmlsec.tree.add_ids(root, [id_attribute])
        context = xmlsec.SignatureContext()
        pem = certificate.public_bytes(Encoding.PEM)
        context.key = xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatCertPem, None)
        context.verify(signature)
    except xmlsec.Error as error:
        raise BadSignature("the signature does not verify") from error


def _check_algorithms(signature: etree._Element) -> None:
    info = signature.find(name("ds:SignedInfo"))
    allowed = {
        "ds:CanonicalizationMethod": CANONICAL,
        "ds:SignatureMethod": SIGNATURE_METHODS,
    }
    for element_name, algorithms in allowed.items():
        method = None if info is None else info.find(name(element_name))
        if method is None or method.get("Algorithm", "") not in algorithms:
            raise BadSignature(f"{element_name} is missing or unknown")
    for reference in signed_references(signature):
        if not set(reference.transforms) <= CANONICAL | {ENVELOPED}:
            raise BadSignature("unknown transform")
