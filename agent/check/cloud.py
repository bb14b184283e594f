"""The way to the cloud: names, proxy, TLS, the agent's certificate, the clock."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import httpx

from agent.check.finding import Finding
from agent.cloud.objects import bucket_url
from agent.work.beating import MOST_SKEW
from agent.work.ports import CloudAway

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agent.cloud.lending import Lending
    from agent.work.ports import Health
    from functions.drimbox.ports import Clock

# X509_V_ERR_CERT_NOT_YET_VALID and _HAS_EXPIRED of OpenSSL: the server's certificate, or our clock.
_DATES: Final = frozenset({9, 10})
# The first of these in a chain of errors is its cause.
_CAUSES: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (socket.gaierror, "name_unknown"),
    (httpx.ProxyError, "proxy_refuses"),
    (ssl.SSLError, "tls_fails"),
    (httpx.TimeoutException, "host_silent"),
    (httpx.ConnectError, "host_unreachable"),
)


def try_cloud(
    client: httpx.Client,
    in_url: str,
    lending: Lending,
    health: Callable[[], Health],
    clock: Clock,
) -> Iterator[Finding]:
    """Each name that the site must allow, and the cloud's answer to a beat."""
    reached = try_host(client, in_url)
    yield reached
    if not reached.is_good:
        return
    try:
        skew = clock.now() - lending.beat(health())
    except CloudAway as error:
        yield Finding(
            error.code if error.code in {"agent_unknown", "agent_outdated"} else "beat_fails",
            detail=error.detail,
        )
        return
    yield Finding("agent_known")
    seconds = f"{skew.total_seconds():+.0f} s"
    yield Finding("clock_right" if abs(skew) <= MOST_SKEW else "clock_wrong", detail=seconds)
    try:
        lent = lending.lent()
    except CloudAway as error:
        yield Finding("beat_fails", detail=error.detail)
        return
    for url in (lent.sqs_url, bucket_url(lent.s3_url, lent.bucket), lent.outgoing_url):
        if url:
            yield try_host(client, url)


def try_host(client: httpx.Client, url: str) -> Finding:
    """Whether an HTTP answer, any, comes from the host that the authorities vouch for."""
    host = urlsplit(url).netloc
    try:
        client.get(url)
    except httpx.HTTPError as error:
        return Finding(cause_of(error), host, type(error).__name__)
    return Finding("host_reached", host)


def cause_of(error: BaseException) -> str:
    """The code of a failed request."""
    chain: list[BaseException] = []
    found: BaseException | None = error
    while found is not None and found not in chain:
        chain.append(found)
        found = found.__cause__ or found.__context__
    for one in chain:
        if isinstance(one, ssl.SSLCertVerificationError):
            return "certificate_dates" if one.verify_code in _DATES else "proxy_inspects"
    for kind, code in _CAUSES:
        if any(isinstance(one, kind) for one in chain):
            return code
    return "host_unreachable"
