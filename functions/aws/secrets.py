"""Secrets and private keys: read from Secrets Manager, kept in memory for a few minutes."""

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
from functions.drimbox.transport import TlsIdentity

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
    if "BEGIN CERTIFICATE" not in value and not value.startswith("{"):
        return None  # the placeholder that CloudFormation generated: nobody put a value yet
    _read[name] = (time.monotonic(), value)
    return value


def fields(name: str, wanted: tuple[str, ...]) -> dict[str, str]:
    """A JSON secret's fields; ConfigurationError names what is missing."""
    value = text(name)
    if value is None:
        raise ConfigurationError(f"secret {name} has no value")
    facts: dict[str, Any] = json.loads(value)
    missing = [field for field in wanted if not isinstance(facts.get(field), str)]
    if missing:
        raise ConfigurationError(f"secret {name} lacks {', '.join(missing)}")
    return {field: facts[field] for field in wanted}


def required_text(name: str) -> str:
    """The secret's text; ConfigurationError when it has no value."""
    value = text(name)
    if value is None:
        raise ConfigurationError(f"secret {name} has no value")
    return value


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


class StructureKeys:
    """The two identities of one structure of a tenant: TLS and signature (EX_GEN-1450)."""

    def __init__(self, prefix: str, tenant: str, structure_id: str) -> None:
        self._base = f"{prefix}{tenant}/structures/{structure_id}"

    def tls(self) -> TlsIdentity | None:
        """ORG_AUTH_CLI, None when the structure has no certificate yet."""
        facts = self._fields("auth")
        return None if facts is None else TlsIdentity(facts["certificate"], facts["private_key"])

    def signer(self) -> PemSigner | None:
        """ORG_SIGN, None when the structure has no certificate yet."""
        facts = self._fields("sign")
        return None if facts is None else open_signer(facts["certificate"], facts["private_key"])

    def _fields(self, use: str) -> dict[str, str] | None:
        name = f"{self._base}/{use}"
        if text(name) is None:
            return None
        return fields(name, ("certificate", "private_key"))
