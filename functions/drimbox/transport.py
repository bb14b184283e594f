"""The one place that opens HTTP connections: time limits and size limits."""

from __future__ import annotations

import time
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Final, NamedTuple

import httpx

from functions.drimbox.tls import Lasting

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator, Mapping

    from functions.drimbox.budget import Budget

# Seconds. The total is bounded by the caller's own deadline and by max_bytes.
TIMEOUT: Final = httpx.Timeout(connect=5.0, read=20.0, write=20.0, pool=5.0)
# Seconds. A professional who reads on pays no other handshake of the DMP; most servers keep an idle
# connection for longer, and one that was closed meanwhile is seen before a request goes out.
KEPT_IDLE: Final = 30.0
# Seconds for one whole answer that is kept in memory; every function that reads one has longer.
WHOLE_ANSWER: Final = 45.0
_LEAST: Final = 0.001
_LIMITS: Final = httpx.Limits(
    max_connections=16, max_keepalive_connections=8, keepalive_expiry=KEPT_IDLE
)
# The statuses of a server that asks to be left alone, and may say until when (RFC 9110 15.6.4, RFC
# 6585 4).
COME_BACK: Final = frozenset({429, 503})


def open_client(
    verify: ssl.SSLContext | bool = True,
    *,
    transport: httpx.BaseTransport | None = None,
    timeout: httpx.Timeout = TIMEOUT,
) -> httpx.Client:
    """A client that keeps connections and nothing else from one request to the next.

    It follows no redirect, stores no cookie, and reads neither proxies nor passwords from the
    environment. ``transport`` replaces the network in tests.
    """
    return httpx.Client(
        verify=verify,
        transport=transport,
        timeout=timeout,
        follow_redirects=False,
        trust_env=False,
        # Tenants share clients: a cookie of one tenant's server is not for another's request.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        limits=_LIMITS,
    )


def open_pool(verify: ssl.SSLContext) -> httpx.HTTPTransport:
    """The connections of such a client, for a transport that stands before them."""
    return httpx.HTTPTransport(verify=verify, trust_env=False, limits=_LIMITS)


class Patience(NamedTuple):
    """How long one request waits, in seconds: at each of its ``steps``, and as a ``whole``, from
    its beginning to the last byte of its answer.

    ``steps``: a time of its own for connect (TCP, and TLS again), read, write and pool.
    """

    steps: httpx.Timeout
    whole: float

    @property
    def longest(self) -> float:
        """The end of a request at the latest: a piece of the answer may just have been awaited."""
        return self.whole + (self.steps.read or 0)

    def within(self, budget: Budget | None) -> Patience:
        """The same, and no longer than ``budget`` lasts."""
        return self if budget is None else Patience(self.steps, min(self.whole, budget.left))

    def begin(self, monotonic: Callable[[], float] = time.monotonic) -> Deadline:
        """The deadline of a request that leaves now."""
        return Deadline(self.steps.as_dict(), monotonic() + self.whole, monotonic)


class Deadline:
    """The time that one request has left. httpx asks for it at each step: ``extensions``, by the
    name "timeout".
    """

    def __init__(
        self, steps: Mapping[str, float | None], end: float, monotonic: Callable[[], float]
    ) -> None:
        self._steps = steps
        self._end = end
        self._monotonic = monotonic

    @property
    def left(self) -> float:
        """Seconds, never none: a socket would take 0 for "do not wait at all"."""
        return max(_LEAST, self._rest())

    def get(self, step: str, default: float | None = None) -> float | None:
        """The time of a step that begins now; over TLS, its later waits have what is left then."""
        own = self._steps.get(step, default)
        return Lasting(self.left if own is None else min(own, self.left), self._rest)

    def _rest(self) -> float:
        return self._end - self._monotonic()


def retry_after(response: httpx.Response) -> tuple[str, ...]:
    """Each Retry-After of an answer that tells us to come back later."""
    return tuple(response.headers.get_list("retry-after"))


class NotServed(httpx.TransportError):
    """The answer is not the file: another status than 200, or compressed."""


class TooManyBytes(httpx.TransportError):
    """The answer is larger than the caller allows."""


def bounded_body(
    response: httpx.Response,
    max_bytes: int,
    *,
    max_seconds: float = WHOLE_ANSWER,
    monotonic: Callable[[], float] = time.monotonic,
) -> bytes:
    """Read a streamed response whole, within the bounds of :func:`bounded_chunks`."""
    return b"".join(
        bounded_chunks(response, max_bytes, max_seconds=max_seconds, monotonic=monotonic)
    )


def bounded_chunks(
    response: httpx.Response,
    max_bytes: int,
    *,
    max_seconds: float = WHOLE_ANSWER,
    monotonic: Callable[[], float] = time.monotonic,
) -> Iterator[bytes]:
    """A streamed response as it comes: at most ``max_bytes`` after decoding, within
    ``max_seconds``, in which the reader's own time counts too.

    Raises TooManyBytes, and httpx.ReadTimeout for an answer that trickles in: the read timeout
    alone is for each piece. ``monotonic`` gives seconds.
    """
    total = 0
    end = monotonic() + max_seconds
    for chunk in response.iter_bytes():
        if monotonic() > end:
            raise httpx.ReadTimeout("the answer takes too long", request=response.request)
        total += len(chunk)
        if total > max_bytes:
            raise TooManyBytes("answer too large", request=response.request)
        yield chunk


def download(http: httpx.Client, url: str, max_bytes: int) -> bytes:
    """The file at ``url``. No redirect is followed and nothing is decompressed: a few bytes of a
    compressed answer can be many.

    Raises httpx.HTTPError, as TooManyBytes or NotServed.
    """
    with http.stream("GET", url, headers={"Accept-Encoding": "identity"}) as answer:
        if answer.status_code != httpx.codes.OK:
            raise NotServed(str(answer.status_code))
        if answer.headers.get("content-encoding", "identity").lower() != "identity":
            raise NotServed("compressed")
        return bounded_body(answer, max_bytes)
