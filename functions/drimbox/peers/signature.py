"""The values of a white list's signature, verified by libxmlsec1 (XMLDSig 1.1 3.2).

It is called with a document whose form was judged (:mod:`functions.drimbox.peers.envelope`) and
with the key of a signer who was judged (:mod:`functions.drimbox.peers.signer`): it finds neither
the key nor the algorithms for itself, and it accepts those transforms alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import xmlsec
from cryptography.hazmat.primitives.serialization import Encoding

from functions.drimbox.errors import WhiteListUnusable
from functions.drimbox.peers.faults import Fault

if TYPE_CHECKING:
    from functions.drimbox.peers.envelope import Envelope

_TRANSFORMS: Final = (
    xmlsec.constants.TransformEnveloped,
    xmlsec.constants.TransformXPath2,
    xmlsec.constants.TransformInclC14N,
    xmlsec.constants.TransformInclC14N11,
    xmlsec.constants.TransformExclC14N,
    xmlsec.constants.TransformSha256,
    xmlsec.constants.TransformSha384,
    xmlsec.constants.TransformSha512,
)
_SIGNATURES: Final = (
    xmlsec.constants.TransformInclC14N,
    xmlsec.constants.TransformInclC14N11,
    xmlsec.constants.TransformExclC14N,
    xmlsec.constants.TransformRsaSha256,
    xmlsec.constants.TransformRsaSha384,
    xmlsec.constants.TransformRsaSha512,
)


def require_signature(envelope: Envelope) -> None:
    """Verify both digests and the signature's value; WhiteListUnusable ``altered`` otherwise."""
    pem = envelope.certificate.public_bytes(Encoding.PEM)
    try:
        context = xmlsec.SignatureContext()
        for transform in _TRANSFORMS:
            context.enable_reference_transform(transform)
        for transform in _SIGNATURES:
            context.enable_signature_transform(transform)
        context.key = xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatCertPem, None)
        context.register_id(envelope.properties, "Id")
        context.verify(envelope.signature)
    except xmlsec.Error:
        raise WhiteListUnusable(Fault.ALTERED, "the signature does not verify") from None
