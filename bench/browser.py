"""A professional's browser behind the link: it keeps its connection and its cookies."""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urljoin

import httpcore
import httpx

from bench.figures import NotMeasured
from bench.stack import Stack
from infra.demo.layout import ROOT
from simulators.ris.cases import Case
from simulators.ris.page import call

_LINK: Final = r'<link[^>]+rel="%s"[^>]+href="([^"]+)"'
# The sheets for which a page waits, and those that come beside it.
AWAITED: Final = re.compile(_LINK % "stylesheet")
BESIDE: Final = re.compile(_LINK % 'preload" as="style')
_SECONDS: Final = 60


class _Through(httpcore.NetworkBackend):
    """Connects to the link where the address names the server behind it."""

    def __init__(self, port: int, link: int) -> None:
        self._ports = {port: link}
        self._real = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        return self._real.connect_tcp(
            host, self._ports.get(port, port), timeout, local_address, socket_options
        )


@dataclass(frozen=True, slots=True)
class Page:
    """A patient's page: seconds from the call to its last byte, and its bytes as they came."""

    seconds: float
    received: int
    html: str


class Browser:
    """One person's browser. ``link`` is the port of a link to the host of the pages."""

    def __init__(self, stack: Stack, link: int) -> None:
        self._endpoints: dict[str, Any] = stack.endpoints
        self._context = ssl.create_default_context(cafile=str(ROOT / self._endpoints["ca"]))
        self._way = _Through(httpx.URL(self._endpoints["vi"]).port or 443, link)
        self._http = self._client()

    def _client(self) -> httpx.Client:
        transport = httpx.HTTPTransport(verify=self._context)
        # httpx has no parameter for the way to a host.
        transport._pool = httpcore.ConnectionPool(
            ssl_context=self._context, network_backend=self._way
        )
        made = httpx.Client(transport=transport, trust_env=False, timeout=_SECONDS)
        made.headers["Accept-Encoding"] = "gzip"
        return made

    def reconnect(self) -> None:
        """Drop the connections; the cookies stay."""
        former, self._http = self._http, self._client()
        self._http.cookies.update(former.cookies)
        former.close()

    def close(self) -> None:
        """End the connections."""
        self._http.close()

    def sign_in(self, professional: str) -> None:
        """Through the page of the local Pro Santé Connect; NotMeasured when it refuses."""
        vi, tenant = self._endpoints["vi"], self._endpoints["tenant"]
        answer = self._http.get(f"{vi}/v1/tenants/{tenant}/reading/sign-in")
        while answer.is_redirect or answer.url.host != httpx.URL(vi).host or not _is(answer, vi):
            if answer.is_redirect:
                answer = self._http.get(urljoin(str(answer.url), answer.headers["Location"]))
            elif answer.status_code == 200:
                answer = self._http.post(answer.url, data={"professional": professional})
            else:
                raise NotMeasured(f"the sign-in failed: HTTP {answer.status_code}")

    def open(self, case: Case) -> Page:
        """The contextual call of ``case``, up to the last byte of the page."""
        where = f"{self._endpoints['vi']}/tenants/{self._endpoints['tenant']}/context"
        begun = time.perf_counter()
        answer = self._http.post(where, data=call(case))
        if answer.status_code != 303:
            raise NotMeasured(f"the contextual call failed: HTTP {answer.status_code}")
        with self._http.stream("GET", urljoin(where, answer.headers["Location"])) as shown:
            html = shown.read().decode()
            received = shown.num_bytes_downloaded
        seconds = time.perf_counter() - begun
        if shown.status_code != 200 or case.traits.family not in html:
            raise NotMeasured(f"the patient's page failed: HTTP {shown.status_code}")
        return Page(seconds, received, html)

    def sheets(self, page: Page, named: re.Pattern[str]) -> int:
        """The bytes of the page's style sheets that are not in it, as they come."""
        received = 0
        for path in named.findall(page.html):
            with self._http.stream("GET", urljoin(self._endpoints["vi"], path)) as answer:
                answer.read()
                received += answer.num_bytes_downloaded
        return received


def _is(answer: httpx.Response, vi: str) -> bool:
    return str(answer.url).startswith(vi)
