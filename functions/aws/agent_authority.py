"""Our own authority over agents: its certificate, the function that issues, and its key.

The key never leaves AWS KMS. One function may sign with it, and two may call that function.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from functions.aws import clients, secrets
from functions.aws.faults import storage
from functions.drimbox.enrolment.remote_key import RemoteKey
from functions.drimbox.errors import ConfigurationError, StorageUnavailable

if TYPE_CHECKING:
    from functions.aws.clients import SigningKeys

FIELD: Final = "certificates"


def certificates(secret: str) -> str:
    """The certificates (PEM) of our authority that are in force, "" before anybody has put one."""
    if secrets.text(secret) is None:
        return ""
    return secrets.fields(secret, (FIELD,))[FIELD]


class LambdaIssuer:
    """Implements ``enrolment.enrolling.Issuer`` for one tenant."""

    def __init__(self, function: str, tenant: str) -> None:
        self._function = function
        self._tenant = tenant

    def issue(self, agent: str, request: str) -> str:
        """The certificate, as the function issues it."""
        asked = {"tenant": self._tenant, "agent": agent, "request": request}
        with storage("authority"):
            answer = clients.lambda_().invoke(
                FunctionName=self._function, Payload=json.dumps(asked).encode()
            )
            said = answer["Payload"].read()
        if "FunctionError" in answer:
            # The function's log has its fault.
            raise StorageUnavailable("authority: no certificate")
        return str(json.loads(said)["certificate"])


def open_key(key: str) -> RemoteKey:
    """The key of that ARN or alias, of the curve P-256. Raises ConfigurationError for another."""
    return key_of(clients.kms(), key)


def key_of(kms: SigningKeys, key: str) -> RemoteKey:
    """The same by another client."""
    with storage("authority key"):
        found = kms.get_public_key(KeyId=key)["PublicKey"]
    public = load_der_public_key(found)
    if not isinstance(public, ec.EllipticCurvePublicKey) or public.curve.name != "secp256r1":
        raise ConfigurationError("the authority's key is not of the curve P-256")

    def signed(data: bytes) -> bytes:
        with storage("authority sign"):
            answer = kms.sign(
                KeyId=key, Message=data, MessageType="RAW", SigningAlgorithm="ECDSA_SHA_256"
            )
        return bytes(answer["Signature"])

    return RemoteKey(public, signed)
