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

# The platform's peers: ``structures`` are the authorities of the structures' own certificates,
# ``white_list`` those of its publisher's host, ``white_list_signer`` those of its signature,
# ``peers`` those of the other DRIMboxes' servers.
Peer = Literal["psc", "dmp", "operators", "structures", "white_list", "white_list_signer", "peers"]
# A tenant's peers: ``clients`` are its senders' and operators' programs.
TenantPeer = Literal["pacs", "clients"]
Stage = Literal["AWSCURRENT", "AWSPREVIOUS"]
# A rotated or withdrawn secret is followed within this many seconds.
TTL: Final = 300.0
# The secrets of this many structures, and more, are kept; the one read first goes first.
_MOST: Final = 512
_read: dict[tuple[str, Stage], tuple[float, str]] = {}
_HASHES: Final = {"sha1": hashes.SHA1, "sha256": hashes.SHA256}


def text(name: str, stage: Stage = "AWSCURRENT") -> str | None:
    """The secret's text, None when it does not exist or holds no value yet.

    ``AWSPREVIOUS`` is the value that the last one replaced.
    """
    value = _value(name, stage)
    if value is None or ("BEGIN CERTIFICATE" not in value and not value.startswith("{")):
        _read.pop((name, stage), None)
        return None  # the placeholder that CloudFormation generated: nobody put a value yet
    return value


def generated(name: str) -> str:
    """The value that CloudFormation has generated; ConfigurationError when there is none."""
    value = _value(name, "AWSCURRENT")
    if value is None:
        raise ConfigurationError(f"secret {name} has no value")
    return value


def _value(name: str, stage: Stage) -> str | None:
    """The secret's value, None when it does not exist."""
    key = (name, stage)
    known = _read.get(key)
    if known is not None and time.monotonic() - known[0] < TTL:
        return known[1]
    with storage("secret"):
        try:
            value = clients.secretsmanager().get_secret_value(SecretId=name, VersionStage=stage)[
                "SecretString"
            ]
        except ClientError as error:
            if code_of(error) == "ResourceNotFoundException":
                return None
            raise
    _read.pop(key, None)
    while len(_read) >= _MOST:
        _read.pop(next(iter(_read)), None)
    _read[key] = (time.monotonic(), value)
    return value


def fields(name: str, wanted: tuple[str, ...], stage: Stage = "AWSCURRENT") -> dict[str, str]:
    """A JSON secret's fields; ConfigurationError names the missing ones."""
    value = text(name, stage)
    if value is None:
        raise ConfigurationError(f"secret {name} has no value")
    try:
        facts: dict[str, Any] = json.loads(value)
    except ValueError:
        raise ConfigurationError(f"secret {name} is not JSON") from None
    missing = [field for field in wanted if not isinstance(facts.get(field), str)]
    if missing:
        raise ConfigurationError(f"secret {name} lacks {', '.join(missing)}")
    return {field: facts[field] for field in wanted}


def anchors(name: str, peer: Peer) -> str:
    """The authorities (PEM) that vouch for ``peer`` and for nobody else.

    The secret is a JSON object with one bundle for each peer; ConfigurationError without this one.
    """
    return fields(name, (peer,))[peer]


def tenant_anchors(prefix: str, tenant: str, peer: TenantPeer) -> str:
    """The same, of one tenant."""
    return fields(f"{prefix}{tenant}/trust-anchors", (peer,))[peer]


def pacs_digests(prefix: str, tenant: str) -> tuple[str, ...]:
    """The digests of the credentials of that tenant's PACS; none when it has no credential yet.

    The secret is ``{"sha256": ["…"]}``; ConfigurationError when it is another JSON.
    """
    name = f"{prefix}{tenant}"
    value = text(name)
    if value is None:
        return ()
    digests = json.loads(value).get("sha256")
    if not isinstance(digests, list) or not all(isinstance(one, str) for one in digests):
        raise ConfigurationError(f"secret {name} is not a list of digests")
    return tuple(digests)


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
