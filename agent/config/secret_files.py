"""Secrets and keys, read from the files that ``agent.yaml`` names."""

from __future__ import annotations

import os
import ssl
import stat
from typing import TYPE_CHECKING, Final

import certifi

from functions.drimbox.errors import ConfigurationError
from functions.drimbox.tls import TlsIdentity, show, tls_context

if TYPE_CHECKING:
    from pathlib import Path

    from agent.config.model import Identity, Secret, Trust

_OTHERS: Final = stat.S_IRWXO


def read_secret(secret: Secret) -> str:
    """The secret, without the line end of its file. Raises ConfigurationError."""
    found = _read(secret.file, private=True).strip("\r\n")
    if not found or not found.isprintable():
        raise ConfigurationError(f"{secret.file.name}: no secret of one line")
    return found


def read_identity(identity: Identity) -> TlsIdentity:
    """The certificate and its key. Raises ConfigurationError."""
    return TlsIdentity(_read(identity.certificate), _read(identity.private_key, private=True))


def public_anchors(more: Path | None = None) -> str:
    """The public authorities (PEM), and those of a file beside them. Raises ConfigurationError."""
    return certifi.contents() + (_read(more) if more else "")


def client_tls(anchors: str, identity: Identity | None) -> ssl.SSLContext:
    """TLS towards a server (``functions.drimbox.tls``). Raises ConfigurationError for files that
    are no certificates, or no pair."""
    try:
        return tls_context(anchors, read_identity(identity) if identity else None)
    except (ssl.SSLError, ValueError):
        raise ConfigurationError("authorities, certificate or private key are unusable") from None


def show_identity(context: ssl.SSLContext, identity: Identity) -> None:
    """New connections of ``context`` show the files' certificate. Raises ConfigurationError."""
    try:
        show(context, read_identity(identity))
    except (ssl.SSLError, ValueError):
        raise ConfigurationError("certificate or private key are unusable") from None


def trusted(trust: Trust) -> ssl.SSLContext:
    """TLS towards a system of the site. Raises ConfigurationError."""
    return client_tls(_read(trust.authorities), trust.identity)


def server_tls(trust: Trust) -> ssl.SSLContext:
    """TLS for callers, who show a certificate of the named authorities. Raises
    ConfigurationError."""
    if trust.identity is None:
        raise ConfigurationError("a listener over TLS has a certificate")
    read_identity(trust.identity)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")
    context.verify_mode = ssl.CERT_REQUIRED
    try:
        context.load_verify_locations(cadata=_read(trust.authorities))
        context.load_cert_chain(trust.identity.certificate, trust.identity.private_key)
    except (ssl.SSLError, ValueError, OSError):
        raise ConfigurationError("authorities, certificate or private key are unusable") from None
    return context


def _read(path: Path, *, private: bool = False) -> str:
    try:
        text = path.read_text("utf-8")
        mode = path.stat().st_mode
    except (OSError, UnicodeDecodeError) as error:
        told = type(error).__name__
        raise ConfigurationError(f"{path.name} cannot be read ({told})") from None
    if private and os.name == "posix" and mode & _OTHERS:
        raise ConfigurationError(f"{path.name} may be read by everybody")
    return text
