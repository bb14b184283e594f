"""XAdES-BASELINE-B signatures of the list, in the styles that ANS has published.

``FILTER`` is EU-DSS's: XPath Filter 2.0, SigningCertificateV2 with SHA-512, the leaf alone in
KeyInfo. ``ENVELOPED`` has the ``enveloped-signature`` transform, SigningCertificate with
IssuerSerial, and the chain in KeyInfo.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from simulators.pki import Issued
from simulators.whitelist.lists import date_time

DS: Final = "http://www.w3.org/2000/09/xmldsig#"
XADES: Final = "http://uri.etsi.org/01903/v1.3.2#"
_EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
_MORE: Final = "http://www.w3.org/2001/04/xmldsig-more#"
_ENCRYPTION: Final = "http://www.w3.org/2001/04/xmlenc#"


@dataclass(frozen=True, slots=True)
class Style:
    """``transforms`` stand before the canonical form; ``uri`` is what the first reference names.

    ``digest`` and ``method`` are the algorithm of the digests and that of the signature's value.
    """

    transforms: str
    second: bool
    chain: bool
    uri: str = ""
    digest: str = "sha256"

    @property
    def digest_uri(self) -> str:
        """The algorithm of the digests."""
        return f"{DS}sha1" if self.digest == "sha1" else f"{_ENCRYPTION}{self.digest}"

    @property
    def method_uri(self) -> str:
        """The algorithm of the signature's value."""
        return f"{DS}rsa-sha1" if self.digest == "sha1" else f"{_MORE}rsa-{self.digest}"

    def digested(self, data: bytes) -> str:
        """The digest of ``data``, base64."""
        return _base64(hashlib.new(self.digest, data, usedforsecurity=False).digest())


FILTER: Final = Style(
    '<ds:Transform Algorithm="http://www.w3.org/2002/06/xmldsig-filter2">'
    '<dsig-filter2:XPath xmlns:dsig-filter2="http://www.w3.org/2002/06/xmldsig-filter2" '
    'Filter="subtract">/descendant::ds:Signature</dsig-filter2:XPath></ds:Transform>',
    second=True,
    chain=False,
)
ENVELOPED: Final = Style(
    f'<ds:Transform Algorithm="{DS}enveloped-signature"/>', second=False, chain=True
)
SHA1: Final = replace(FILTER, digest="sha1")


def by_identifier(identifier: str) -> Style:
    """A style that is not official: it covers one element alone."""
    return replace(FILTER, transforms="", uri=f"#{identifier}")


def sign(
    root: etree._Element,
    signer: Issued,
    at: datetime,
    style: Style,
    authorities: Sequence[x509.Certificate] = (),
) -> etree._Element:
    """Add the signature as the last child of ``root``, and give it."""
    identifier = f"id-{hashlib.sha256(etree.tostring(root) + style.uri.encode()).hexdigest()[:32]}"
    covered = _covered(root, style)
    certificate = signer.certificate.public_bytes(Encoding.DER)
    shown = [certificate, *(one.public_bytes(Encoding.DER) for one in authorities if style.chain)]
    signature = etree.fromstring(
        _TEMPLATE.format(
            id=identifier,
            ds=DS,
            xades=XADES,
            exclusive=_EXCLUSIVE,
            method=style.method_uri,
            digest=style.digest_uri,
            uri=style.uri,
            transforms=style.transforms,
            document=style.digested(covered),
            certificates="".join(
                f"<ds:X509Certificate>{_base64(one)}</ds:X509Certificate>" for one in shown
            ),
            at=date_time(at),
            signing=_signing(signer.certificate, certificate, second=style.second),
        )
    )
    root.append(signature)
    properties = signature.find(f".//{{{XADES}}}SignedProperties")
    info = signature.find(f"{{{DS}}}SignedInfo")
    value = signature.find(f"{{{DS}}}SignatureValue")
    digest = signature.find(f"{{{DS}}}SignedInfo/{{{DS}}}Reference[2]/{{{DS}}}DigestValue")
    assert properties is not None and info is not None and value is not None  # noqa: S101, PT018
    assert digest is not None  # noqa: S101  # all four stand in the template
    digest.text = style.digested(canonical(properties))
    algorithm = hashes.SHA1() if style.digest == "sha1" else hashes.SHA256()  # noqa: S303
    value.text = _base64(signer.key.sign(canonical(info), padding.PKCS1v15(), algorithm))
    return signature


def canonical(element: etree._Element) -> bytes:
    """Exclusive canonical XML, without comments."""
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False)


def _covered(root: etree._Element, style: Style) -> bytes:
    if not style.uri:
        return canonical(root)
    return canonical(next(one for one in root.iter() if one.get("Id") == style.uri[1:]))


def _signing(certificate: x509.Certificate, der: bytes, *, second: bool) -> str:
    if second:
        return (
            "<xades:SigningCertificateV2><xades:Cert><xades:CertDigest>"
            f'<ds:DigestMethod Algorithm="{_ENCRYPTION}sha512"/>'
            f"<ds:DigestValue>{_base64(hashlib.sha512(der).digest())}</ds:DigestValue>"
            "</xades:CertDigest></xades:Cert></xades:SigningCertificateV2>"
        )
    return (
        "<xades:SigningCertificate><xades:Cert><xades:CertDigest>"
        f'<ds:DigestMethod Algorithm="{_ENCRYPTION}sha256"/>'
        f"<ds:DigestValue>{_base64(hashlib.sha256(der).digest())}</ds:DigestValue>"
        "</xades:CertDigest><xades:IssuerSerial>"
        f"<ds:X509IssuerName>{certificate.issuer.rfc4514_string()}</ds:X509IssuerName>"
        f"<ds:X509SerialNumber>{certificate.serial_number}</ds:X509SerialNumber>"
        "</xades:IssuerSerial></xades:Cert></xades:SigningCertificate>"
    )


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


_TEMPLATE: Final = (
    '<ds:Signature xmlns:ds="{ds}" Id="{id}"><ds:SignedInfo>'
    '<ds:CanonicalizationMethod Algorithm="{exclusive}"/>'
    '<ds:SignatureMethod Algorithm="{method}"/>'
    '<ds:Reference Id="r-{id}-1" URI="{uri}"><ds:Transforms>{transforms}'
    '<ds:Transform Algorithm="{exclusive}"/></ds:Transforms>'
    '<ds:DigestMethod Algorithm="{digest}"/><ds:DigestValue>{document}</ds:DigestValue>'
    "</ds:Reference>"
    '<ds:Reference Type="http://uri.etsi.org/01903#SignedProperties" URI="#xades-{id}">'
    '<ds:Transforms><ds:Transform Algorithm="{exclusive}"/></ds:Transforms>'
    '<ds:DigestMethod Algorithm="{digest}"/><ds:DigestValue/></ds:Reference></ds:SignedInfo>'
    '<ds:SignatureValue Id="value-{id}"/>'
    "<ds:KeyInfo><ds:X509Data>{certificates}</ds:X509Data></ds:KeyInfo>"
    '<ds:Object><xades:QualifyingProperties xmlns:xades="{xades}" Target="#{id}">'
    '<xades:SignedProperties Id="xades-{id}"><xades:SignedSignatureProperties>'
    "<xades:SigningTime>{at}</xades:SigningTime>{signing}</xades:SignedSignatureProperties>"
    '<xades:SignedDataObjectProperties><xades:DataObjectFormat ObjectReference="#r-{id}-1">'
    "<xades:MimeType>text/xml</xades:MimeType></xades:DataObjectFormat>"
    "</xades:SignedDataObjectProperties></xades:SignedProperties></xades:QualifyingProperties>"
    "</ds:Object></ds:Signature>"
)
