"""The one place that opens HTTP connections: time limits and size limits."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from typing import Final

import httpx

# Seconds. The total is bounded by the caller's own deadline and by max_bytes.
TIMEOUT: Final = httpx.Timeout(connect=5.0, read=20.0, write=20.0, pool=5.0)
# Seconds for one whole answer that is kept in memory; every function that reads one has longer.
WHOLE_ANSWER: Final = 45.0


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
