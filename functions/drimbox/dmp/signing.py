"""Common parts of the DMP's two signatures: algorithm sets, digests, certificate names.

The official samples are RSA-SHA1 with XAdES 1.1.1; SHA-256 with XAdES 1.3.2 is the other set that
the DMP's guide foresees. Which one is used is configuration, never a decision of the code.
"""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from typing import Final, Literal, cast

from cryptography import x509

from functions.drimbox.values import frozen

DS: Final = "http://www.w3.org/2000/09/xmldsig#"
EXCLUSIVE_C14N: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED: Final = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
C14N_WITH_COMMENTS: Final = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments"


@frozen
class AlgorithmSet:
    """Algorithms of one signature: URIs of XMLDSig (RFC 9231) and the XAdES namespace to use.

    ``signed_properties``: the Type of the reference to SignedProperties, which lost its version
    after XAdES 1.1.1 (TS 101 903 V1.3.2 6.3.1). ``cert_digest``: the namespace of CertDigest's
    children; XAdES 1.1.1 has its own DigestMethod and DigestValue, later versions borrow those of
    XMLDSig.
    """

    digest: Literal["sha1", "sha256"]
    digest_uri: str
    signature_uri: str
    xades: str
    signed_properties: str
    cert_digest: str

    def digest_of(self, data: bytes) -> str:
        """The digest of ``data``, base64, as DigestValue writes it."""
        return base64.b64encode(hashlib.new(self.digest, data).digest()).decode()


SHA1: Final = AlgorithmSet(
    digest="sha1",
    digest_uri=DS + "sha1",
    signature_uri=DS + "rsa-sha1",
    xades="http://uri.etsi.org/01903/v1.1.1#",
    signed_properties="http://uri.etsi.org/01903/v1.1.1#SignedProperties",
    cert_digest="http://uri.etsi.org/01903/v1.1.1#",
)
SHA256: Final = AlgorithmSet(
    digest="sha256",
    digest_uri="http://www.w3.org/2001/04/xmlenc#sha256",
    signature_uri="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    xades="http://uri.etsi.org/01903/v1.3.2#",
    signed_properties="http://uri.etsi.org/01903#SignedProperties",
    cert_digest=DS,
)
# By the deployment's own name for them (``dmp_algorithms``).
ALGORITHM_SETS: Final[dict[str, AlgorithmSet]] = {"sha1": SHA1, "sha256": SHA256}


@frozen
class CertificateNames:
    """Names of a certificate as XMLDSig writes them: most specific attribute first, ``, `` between.

    ``serial`` is decimal.
    """

    subject: str
    issuer: str
    serial: str


@lru_cache(maxsize=64)
def certificate_names(certificate: bytes) -> CertificateNames:
    """Read ``certificate`` (DER). Raises ValueError when it is not an X.509 certificate."""
    parsed = x509.load_der_x509_certificate(certificate)
    return CertificateNames(
        subject=_distinguished_name(parsed.subject),
        issuer=_distinguished_name(parsed.issuer),
        serial=str(parsed.serial_number),
    )


def _distinguished_name(name: x509.Name) -> str:
    """RFC 4514 escapes and order; the blank after the comma is how the official samples write."""
    return ", ".join(rdn.rfc4514_string() for rdn in reversed(name.rdns))


def default_namespace(uri: str) -> dict[str, str]:
    """The lxml ``nsmap`` that makes ``uri`` the default namespace (its type stubs lack None)."""
    return cast("dict[str, str]", {None: uri})
