"""The agent's private key, made on this machine, and its certificate, each a file of its own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from functions.drimbox.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

OwnKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
_OWN: Final = 0o600
_FOLDER: Final = 0o700


def own_key(path: Path) -> OwnKey:
    """The private key of the file; made (curve P-256) and written for its owner alone where there
    is no file. Raises ConfigurationError.
    """
    if path.exists():
        return read_key(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=_FOLDER)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWN)
    except OSError:
        raise ConfigurationError(f"{path.name} cannot be written") from None
    key = ec.generate_private_key(ec.SECP256R1())
    with os.fdopen(descriptor, "wb") as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        file.flush()
        os.fsync(file.fileno())
    return key


def read_key(path: Path) -> OwnKey:
    """The private key of the file. Raises ConfigurationError."""
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError):
        raise ConfigurationError(f"{path.name} is no private key that can be read") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise ConfigurationError(f"{path.name} is no private key that can be read")
    return key


def read_certificate(path: Path) -> x509.Certificate:
    """The agent's own certificate, the first one of the file. Raises ConfigurationError."""
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())[0]
    except (OSError, ValueError):
        raise ConfigurationError(f"{path.name} is no certificate that can be read") from None


def write_certificate(path: Path, certificate: x509.Certificate) -> None:
    """Put it in the place of the former one, at once and for good: one of both is always there
    whole. Raises ConfigurationError.
    """
    beside = path.with_name(f"{path.name}.new")
    try:
        with beside.open("wb") as file:
            file.write(certificate.public_bytes(Encoding.PEM))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError:
        raise ConfigurationError(f"{path.name} cannot be written") from None
