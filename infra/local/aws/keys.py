"""The pairs of AWS KMS that sign: ``GetPublicKey`` and ``Sign`` of keys of the curve P-256.

("AWS KMS API reference".) A pair is derived from the installation's seed, so that it is the same
after every restart. Keys that encrypt have no effect here.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from infra.local.aws.endpoint import json_error
from infra.local.aws.web import Request, Response
from infra.local.install import Install
from infra.local.template import Deployment, TemplateError

_SPEC: Final = "ECC_NIST_P256"
_ALGORITHM: Final = "ECDSA_SHA_256"
# The order of the curve P-256 (FIPS 186-5, SP 800-186).
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_MOST: Final = 4096

Keys = Mapping[str, ec.EllipticCurvePrivateKey]


def read_pairs(deployment: Deployment, install: Install) -> dict[str, ec.EllipticCurvePrivateKey]:
    """The pairs of the templates by ARN, by key id and by alias.

    Raises:
        TemplateError: a pair of another kind.
    """
    pairs: dict[str, ec.EllipticCurvePrivateKey] = {}
    for key in deployment.of_type("AWS::KMS::Key"):
        if key.properties.get("KeyUsage", "ENCRYPT_DECRYPT") == "ENCRYPT_DECRYPT":
            continue
        if (key.properties["KeyUsage"], key.properties.get("KeySpec")) != ("SIGN_VERIFY", _SPEC):
            raise TemplateError(f"{key.place}: a pair that is not known here")
        # 64 bytes modulo the order: the bias is of no weight (FIPS 186-5 A.2.1).
        seed = int.from_bytes(install.derive("pair", key.place, length=64))
        pair = ec.derive_private_key(seed % (_ORDER - 1) + 1, ec.SECP256R1())
        pairs[key.attributes["Arn"]] = pairs[key.reference] = pair
    for alias in deployment.of_type("AWS::KMS::Alias"):
        target = str(alias.properties["TargetKeyId"])
        if target in pairs:
            pairs[str(alias.properties["AliasName"])] = pairs[target]
    return pairs


class SigningKeys:
    """Answers two operations of AWS KMS."""

    def __init__(self, pairs: Keys) -> None:
        self._pairs = pairs
        self._operations: dict[str, Callable[[ec.EllipticCurvePrivateKey, Any], dict[str, Any]]] = {
            "TrentService.GetPublicKey": _public,
            "TrentService.Sign": _signed,
        }

    def __call__(self, request: Request, body: bytes) -> Response:
        """Answer one request."""
        operation = self._operations.get(request.header("X-Amz-Target") or "")
        if operation is None:
            return json_error(400, "UnknownOperationException", "Only pairs sign here")
        try:
            asked = json.loads(body)
            pair = self._pairs.get(str(asked["KeyId"]))
            if pair is None:
                return json_error(400, "NotFoundException", "No such pair")
            answer = operation(pair, asked)
        except (ValueError, LookupError, TypeError, binascii.Error):
            return json_error(400, "ValidationException", "The request is not understood")
        content = json.dumps({"KeyId": asked["KeyId"], **answer}).encode()
        return Response(200, (("Content-Type", "application/x-amz-json-1.1"),), content)


def _public(pair: ec.EllipticCurvePrivateKey, _: Any) -> dict[str, Any]:
    der = pair.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return {
        "PublicKey": base64.b64encode(der).decode(),
        "KeySpec": _SPEC,
        "KeyUsage": "SIGN_VERIFY",
        "SigningAlgorithms": [_ALGORITHM],
    }


def _signed(pair: ec.EllipticCurvePrivateKey, asked: Any) -> dict[str, Any]:
    message = base64.b64decode(asked["Message"], validate=True)
    if asked["SigningAlgorithm"] != _ALGORITHM or asked.get("MessageType", "RAW") != "RAW":
        raise ValueError("another way of signing")
    if not 1 <= len(message) <= _MOST:
        raise ValueError("a message of another length")
    signature = pair.sign(message, ec.ECDSA(hashes.SHA256()))
    return {
        "Signature": base64.b64encode(signature).decode(),
        "SigningAlgorithm": _ALGORITHM,
    }
