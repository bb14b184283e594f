"""The platform's secrets: read from Secrets Manager, kept in memory for a few minutes. Those of
tenants are elsewhere (:mod:`functions.aws.tenant_secrets`).
"""

from __future__ import annotations

import json
import time
from functools import lru_cache
from typing import Any, Final, Literal

from botocore.exceptions import ClientError
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from functions.aws import clients
from functions.aws.faults import code_of, storage
from functions.drimbox.errors import ConfigurationError

# The platform's peers: ``structures`` are the authorities of the structures' own certificates,
# ``white_list`` those of its publisher's host, ``white_list_signer`` those of its signature,
# ``peers`` those of the other DRIMboxes' servers.
Peer = Literal["psc", "dmp", "operators", "structures", "white_list", "white_list_signer", "peers"]
# A rotated or withdrawn secret is followed within this many seconds.
TTL: Final = 300.0
_read: dict[str, tuple[float, str]] = {}
_HASHES: Final = {"sha1": hashes.SHA1, "sha256": hashes.SHA256}


def text(name: str) -> str | None:
    """The secret's text, None when it does not exist or holds no value yet."""
    known = _read.get(name)
    if known is not None and time.monotonic() - known[0] < TTL:
        return known[1]
    with storage("secret"):
        try:
            value = clients.secretsmanager().get_secret_value(SecretId=name)["SecretString"]
        except ClientError as error:
            if code_of(error) == "ResourceNotFoundException":
                return None
            raise
    _read.pop(name, None)
    if not value.startswith("{"):
        return None  # the placeholder that CloudFormation generated: nobody put a value yet
    _read[name] = (time.monotonic(), value)
    return value


def fields(name: str, wanted: tuple[str, ...]) -> dict[str, str]:
    """A secret's fields; ConfigurationError names the missing ones."""
    value = text(name)
    if value is None:
        raise ConfigurationError(f"secret {name} has no value")
    return fields_of(name, value, wanted)


def fields_of(name: str, value: str, wanted: tuple[str, ...]) -> dict[str, str]:
    """The fields of ``value``, a JSON object; ConfigurationError names the missing ones."""
    try:
        facts: Any = json.loads(value)
    except ValueError:
        facts = None
    if not isinstance(facts, dict):
        raise ConfigurationError(f"secret {name} is not a JSON object")
    missing = [field for field in wanted if not isinstance(facts.get(field), str)]
    if missing:
        raise ConfigurationError(f"secret {name} lacks {', '.join(missing)}")
    return {field: facts[field] for field in wanted}


def anchors(name: str, peer: Peer) -> str:
    """The authorities (PEM) that vouch for ``peer`` and for nobody else.

    The secret is a JSON object with one bundle for each peer; ConfigurationError without this one.
    """
    return fields(name, (peer,))[peer]


class PemSigner:
    """Implements ``ports.Signer`` with a PEM key held in memory."""

    def __init__(self, certificate: str, private_key: str) -> None:
        self._certificate = x509.load_pem_x509_certificate(certificate.encode())
        key = load_pem_private_key(private_key.encode(), password=None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise ConfigurationError("the signing key is not an RSA key")
        self._key = key

    @property
    def certificate(self) -> bytes:
        """The X.509 certificate, DER."""
        return self._certificate.public_bytes(Encoding.DER)

    def sign(self, data: bytes, digest: Literal["sha1", "sha256"]) -> bytes:
        """RSASSA-PKCS1-v1_5; SHA-1 where the DMP's samples ask for it (CI-SIS)."""
        return self._key.sign(data, padding.PKCS1v15(), _HASHES[digest]())


@lru_cache(maxsize=64)
def open_signer(certificate: str, private_key: str) -> PemSigner:
    """A signer, kept: checking an RSA key costs far more than signing with it."""
    return PemSigner(certificate, private_key)
