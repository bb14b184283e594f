"""TLS towards the outside: the trust anchors, the client certificate, the suites."""

from __future__ import annotations

import os
import ssl
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator


@frozen
class TlsIdentity:
    """A client certificate (with its chain) and its private key, both PEM."""

    certificate: str
    private_key: str

    def __repr__(self) -> str:
        return "TlsIdentity(…)"


def tls_context(trust_anchors: str, identity: TlsIdentity | None = None) -> ssl.SSLContext:
    """TLS 1.2 or 1.3 that trusts only ``trust_anchors`` (PEM) and shows ``identity`` if given.

    The suites are ECDHE with AEAD (ANSSI SDE-NT-35); chain, host name and dates are checked.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")
    context.load_verify_locations(cadata=trust_anchors)
    if identity is not None:
        with _private_file(identity.certificate + "\n" + identity.private_key) as path:
            context.load_cert_chain(path)
    return context


@contextmanager
def _private_file(text: str) -> Iterator[str]:
    """A path that holds ``text`` for the time of the block: OpenSSL only loads keys from paths."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("identity")
        try:
            os.write(descriptor, text.encode())
            yield f"/proc/self/fd/{descriptor}"
        finally:
            os.close(descriptor)
    else:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "identity.pem"
            path.touch(mode=0o600)
            path.write_text(text)
            yield str(path)
