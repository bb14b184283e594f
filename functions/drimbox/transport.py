"""The one place that opens HTTP connections: time limits, TLS and size limits."""

from __future__ import annotations

import os
import ssl
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

# Seconds. The total is bounded by the caller's own deadline and by max_bytes.
TIMEOUT: Final = httpx.Timeout(connect=5.0, read=20.0, write=20.0, pool=5.0)
# Seconds for one whole answer that is kept in memory; every function that reads one has longer.
WHOLE_ANSWER: Final = 45.0


@dataclass(frozen=True, slots=True)
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


def open_client(
    verify: ssl.SSLContext | bool = True,
    *,
    transport: httpx.BaseTransport | None = None,
    timeout: httpx.Timeout = TIMEOUT,
) -> httpx.Client:
    """A client that follows no redirect, reads no proxy from the environment, keeps connections.

    ``transport`` replaces the network in tests.
    """
    return httpx.Client(
        verify=verify,
        transport=transport,
        timeout=timeout,
        follow_redirects=False,
        trust_env=False,
        limits=httpx.Limits(max_connections=16, max_keepalive_connections=8),
    )


class TooManyBytes(httpx.TransportError):
    """The answer is larger than the caller allows."""


def bounded_body(
    response: httpx.Response,
    max_bytes: int,
    *,
    max_seconds: float = WHOLE_ANSWER,
    monotonic: Callable[[], float] = time.monotonic,
) -> bytes:
    """Read a streamed response, at most ``max_bytes`` after decoding, within ``max_seconds``.

    Raises TooManyBytes, and httpx.ReadTimeout for an answer that trickles in: the read timeout
    alone is for each piece. ``monotonic`` gives seconds.
    """
    chunks: list[bytes] = []
    total = 0
    end = monotonic() + max_seconds
    for chunk in response.iter_bytes():
        if monotonic() > end:
            raise httpx.ReadTimeout("the answer takes too long", request=response.request)
        total += len(chunk)
        if total > max_bytes:
            raise TooManyBytes("answer too large", request=response.request)
        chunks.append(chunk)
    return b"".join(chunks)
