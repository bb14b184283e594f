"""The signature document of a submission (IHE DSG, ITI TF-3 5.5): XMLDSig with a XAdES block.

Every part that is digested is written out in canonical form, once, and those very bytes are placed
in the document: the digested and the sent bytes cannot differ, and the same facts give the same
bytes. Each part declares its own default namespace, so inclusive C14N of the part inside the
document gives the same bytes again.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

from lxml import etree

from functions.drimbox.dmp.signing import (
    C14N_WITH_COMMENTS,
    DS,
    SHA1,
    AlgorithmSet,
    certificate_names,
    default_namespace,
)
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from datetime import datetime

    from functions.drimbox.oid import Uid
    from functions.drimbox.ports import Signer

MANIFEST_ID: Final = "IHEManifest"
PROPERTIES_ID: Final = "S0-SignedProperties"
PURPOSE_SOURCE: Final = "1.2.840.10065.1.12.1.14"
# DSG gives the submission set no content to digest; the official samples write one zero byte.
_NO_DIGEST: Final = "AA=="


@frozen
class SignedDocument:
    """A document of the submission: its uniqueId and its raw bytes (never their base64)."""

    unique_id: Uid
    content: bytes


def sign(
    signature_id: Uid,
    submission_set_id: Uid,
    documents: tuple[SignedDocument, ...],
    signer: Signer,
    *,
    at: datetime,
    algorithms: AlgorithmSet = SHA1,
) -> bytes:
    """The signature document, UTF-8 with an XML declaration.

    ``signature_id`` is its XDS uniqueId and its Id; ``at`` (aware) is its SigningTime.
    ``algorithms`` chooses SHA-1 with XAdES 1.1.1 (official samples) or SHA-256 with XAdES 1.3.2.
    """
    manifest = _canonical(_manifest(submission_set_id, documents, algorithms))
    properties = _canonical(_signed_properties(signer.certificate, at, algorithms))
    info = _canonical(_signed_info(manifest, properties, algorithms))
    value = base64.b64encode(signer.sign(info, algorithms.digest)).decode()
    certificate = base64.b64encode(signer.certificate).decode()
    target = f"#{signature_id}"
    return b"".join(
        (
            b'<?xml version="1.0" encoding="UTF-8"?>\n',
            f'<Signature xmlns="{DS}" Id="{signature_id}">'.encode(),
            info,
            f"<SignatureValue>{value}</SignatureValue>".encode(),
            b"<KeyInfo><X509Data>",
            f"<X509Certificate>{certificate}</X509Certificate>".encode(),
            b"</X509Data></KeyInfo>",
            b'<Object><SignatureProperties><SignatureProperty Id="purposeOfSignature" ',
            f'Target="{target}">{PURPOSE_SOURCE}</SignatureProperty>'.encode(),
            b"</SignatureProperties></Object>",
            b"<Object>" + manifest + b"</Object>",
            f'<Object><QualifyingProperties xmlns="{algorithms.xades}" '.encode(),
            f'Target="{target}">'.encode() + properties,
            b"</QualifyingProperties></Object></Signature>",
        )
    )


def _canonical(root: etree._Element) -> bytes:
    """C14N 1.0 of a whole tree: a sub-element would get a spurious ``xmlns=""`` from libxml2."""
    return etree.tostring(root, method="c14n", exclusive=False, with_comments=False)


def _add(
    parent: etree._Element, namespace: str, name: str, text: str | None = None, **attributes: str
) -> etree._Element:
    child = etree.SubElement(
        parent, f"{{{namespace}}}{name}", attributes, nsmap=default_namespace(namespace)
    )
    child.text = text
    return child


def _digest(parent: etree._Element, namespace: str, value: str, algorithms: AlgorithmSet) -> None:
    _add(parent, namespace, "DigestMethod", Algorithm=algorithms.digest_uri)
    _add(parent, namespace, "DigestValue", value)


def _manifest(
    submission_set_id: Uid, documents: tuple[SignedDocument, ...], algorithms: AlgorithmSet
) -> etree._Element:
    root = etree.Element(f"{{{DS}}}Manifest", {"Id": MANIFEST_ID}, nsmap=default_namespace(DS))
    digests = [(submission_set_id, _NO_DIGEST)]
    digests += [(d.unique_id, algorithms.digest_of(d.content)) for d in documents]
    for unique_id, value in digests:
        reference = _add(root, DS, "Reference", URI=f"urn:oid:{unique_id}")
        _digest(reference, DS, value, algorithms)
    return root


def _signed_properties(
    certificate: bytes, at: datetime, algorithms: AlgorithmSet
) -> etree._Element:
    xades = algorithms.xades
    names = certificate_names(certificate)
    root = etree.Element(
        f"{{{xades}}}SignedProperties", {"Id": PROPERTIES_ID}, nsmap=default_namespace(xades)
    )
    properties = _add(root, xades, "SignedSignatureProperties")
    _add(properties, xades, "SigningTime", at.isoformat(timespec="milliseconds"))
    held = _add(_add(properties, xades, "SigningCertificate"), xades, "Cert")
    digest = _add(held, xades, "CertDigest")
    _digest(digest, algorithms.cert_digest, algorithms.digest_of(certificate), algorithms)
    serial = _add(held, xades, "IssuerSerial")
    _add(serial, DS, "X509IssuerName", names.issuer)
    _add(serial, DS, "X509SerialNumber", names.serial)
    _add(_add(properties, xades, "SignaturePolicyIdentifier"), xades, "SignaturePolicyImplied")
    _add(root, xades, "SignedDataObjectProperties")
    return root


def _signed_info(manifest: bytes, properties: bytes, algorithms: AlgorithmSet) -> etree._Element:
    root = etree.Element(f"{{{DS}}}SignedInfo", nsmap=default_namespace(DS))
    _add(root, DS, "CanonicalizationMethod", Algorithm=C14N_WITH_COMMENTS)
    _add(root, DS, "SignatureMethod", Algorithm=algorithms.signature_uri)
    references = (
        (DS + "Manifest", MANIFEST_ID, manifest),
        (algorithms.signed_properties, PROPERTIES_ID, properties),
    )
    for kind, identifier, data in references:
        reference = _add(root, DS, "Reference", Type=kind, URI=f"#{identifier}")
        _digest(reference, DS, algorithms.digest_of(data), algorithms)
    return root
