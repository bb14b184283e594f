"""The courier over HTTPS: the RIS's own route of the ``in`` host, with the site's certificate.

A message of at most 4 MiB is one POST; a larger one is announced, put at a signed address and
acknowledged by a third request, as the README tells every RIS. The cloud takes the same bytes twice
as one message, so a try whose answer was lost is simply made again.

Nothing is sent to a server that the declared authorities do not vouch for: a proxy that inspects
TLS is one of those unless its authority is declared.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import socket
import ssl
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urljoin, urlsplit

import httpx

from agent.spool.courier import Acknowledged, Away, Refused
from functions.drimbox import retry_after, strict_json
from functions.drimbox.errors import MessageError, NotHl7
from functions.drimbox.report.hl7 import MAX_DIRECT_BYTES, read_message
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping

    from agent.spool.courier import Code, Outcome
    from functions.drimbox.ports import Clock

HL7: Final = "application/hl7-v2"
JSON: Final = "application/json"
# The header that tells when the site has acknowledged the message (decision 0092).
ACCEPTED_AT: Final = "Accepted-At"
# Bytes: an acknowledgement, or the facts of an upload, are a few hundred.
MAX_ANSWER: Final = 256 * 1024
# A client is opened again after this time, and after each failure: the site's certificate may have
# been renewed, and a proxy's address may have changed.
KEPT: Final = timedelta(hours=1)
# Seconds.
_ASK_AGAIN: Final = 2.0
_CONNECT: Final = 10.0
# The cloud refuses the agent's certificate or its tenant: it would refuse any other message, too.
_EVERYTHING: Final = frozenset({401, 403, 404})
# The server asks for time.
_LATER: Final = frozenset({408, 425, 429})
_CODES: Final = frozenset({"AA", "AE", "AR"})
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost"})
# By the first error of a chain that is one of these.
_CAUSES: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (ssl.SSLCertVerificationError, "untrusted"),
    (socket.gaierror, "name"),
    (httpx.ProxyError, "proxy"),
    (ssl.SSLError, "tls"),
    (httpx.TimeoutException, "timeout"),
    (httpx.ConnectError, "unreachable"),
)


@frozen
class Route:
    """The way to the cloud. ``base`` is ``https://<in host>/v1/tenants/<tenant>/hl7v2``; ``tls``
    gives the context with the site's certificate, ``plain`` the one for signed addresses of the
    store, without it. ``proxy`` is the site's, "" for none.
    """

    base: str
    tls: Callable[[], ssl.SSLContext]
    plain: Callable[[], ssl.SSLContext]
    proxy: str = ""


class _Ended(Exception):
    """The message's way ends here with that outcome."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


@dataclass
class _Clients:
    """Two clients, and how many messages are on their way through them."""

    cloud: httpx.AsyncClient
    store: httpx.AsyncClient
    opened_at: datetime
    users: int = 0

    async def close(self) -> None:
        await self.cloud.aclose()
        await self.store.aclose()


@frozen
class _Said:
    """One answer, read whole."""

    status: int
    headers: httpx.Headers
    body: bytes


class HttpsCourier:
    """Implements ``Courier``. ``difference`` is the cloud's clock minus ours at the last answer,
    None before any."""

    def __init__(
        self, route: Route, clock: Clock, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        """``transport`` replaces the network in tests."""
        self._route = route
        self._clock = clock
        self._transport = transport
        self._clients: _Clients | None = None
        self.difference: timedelta | None = None

    async def carry(
        self, raw: bytes, control_id: str, *, accepted_at: datetime | None, within: float
    ) -> Outcome:
        """See :class:`~agent.spool.courier.Courier`."""
        claim = accepted_at.astimezone(UTC).isoformat() if accepted_at else ""
        send = self._direct if len(raw) <= MAX_DIRECT_BYTES else self._uploaded
        try:
            async with self._lent() as clients, asyncio.timeout(within):
                return _judged(await send(clients, raw, claim), control_id, self._clock)
        except _Ended as ended:
            return ended.outcome
        except TimeoutError:
            return Away("timeout")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return Away(cause_of(error))

    async def close(self) -> None:
        """Close the connections, once no message is on its way."""
        if self._clients is not None:
            await self._clients.close()
            self._clients = None

    async def _direct(self, clients: _Clients, raw: bytes, claim: str) -> _Said:
        headers = {"Content-Type": HL7} | ({ACCEPTED_AT: claim} if claim else {})
        return await self._ask(clients.cloud, "POST", self._route.base, headers, raw)

    async def _uploaded(self, clients: _Clients, raw: bytes, claim: str) -> _Said:
        asked = {"size": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}
        announced = await self._ask(
            clients.cloud,
            "POST",
            f"{self._route.base}/uploads",
            {"Content-Type": JSON},
            json.dumps(asked | ({"accepted_at": claim} if claim else {})).encode(),
        )
        if announced.status != httpx.codes.CREATED:
            return announced
        url, headers, path = _address(announced.body)
        put = await self._ask(clients.store, "PUT", url, headers, raw)
        if put.status != httpx.codes.OK:
            raise _Ended(Away("store"))
        while True:
            said = await self._ask(clients.cloud, "GET", urljoin(self._route.base, path), {})
            if said.status in _EVERYTHING:
                raise _Ended(Away("store"))  # the upload is forgotten: the next try makes another
            if said.status != httpx.codes.ACCEPTED:
                return said
            await asyncio.sleep(_ASK_AGAIN)

    async def _ask(
        self,
        client: httpx.AsyncClient,
        method: str,
        url: str,
        headers: Mapping[str, str],
        content: bytes | None = None,
    ) -> _Said:
        # A compressed answer could be larger than it looks.
        given = {"Accept-Encoding": "identity", **headers}
        async with client.stream(method, url, content=content, headers=given) as answer:
            self._compare_clocks(answer.headers.get("date", ""))
            body = bytearray()
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > MAX_ANSWER:
                    raise _Ended(Away("unusable_answer"))
            return _Said(answer.status_code, answer.headers, bytes(body))

    def _compare_clocks(self, date: str) -> None:
        with contextlib.suppress(ValueError, OverflowError):
            there = parsedate_to_datetime(date)
            if there.tzinfo is not None:
                self.difference = there - self._clock.now()

    @asynccontextmanager
    async def _lent(self) -> AsyncIterator[_Clients]:
        """The clients for one message. A pair that is old, or through which a message failed, is
        used by no further one, and closed by its last."""
        clients, former = self._open()
        clients.users += 1
        try:
            if former is not None and not former.users:
                await former.close()
            yield clients
        except BaseException:
            if clients is self._clients:
                self._clients = None
            raise
        finally:
            clients.users -= 1
            if clients is not self._clients and not clients.users:
                await clients.close()

    def _open(self) -> tuple[_Clients, _Clients | None]:
        """The clients, and those in whose place they were opened just now."""
        now, route, known = self._clock.now(), self._route, self._clients
        if known is not None and now - known.opened_at <= KEPT:
            return known, None
        self._clients = _Clients(self._client(route.tls()), self._client(route.plain()), now)
        return self._clients, known

    def _client(self, context: ssl.SSLContext) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            verify=context,
            transport=self._transport,
            proxy=self._route.proxy or None,
            timeout=httpx.Timeout(None, connect=_CONNECT),
            follow_redirects=False,
            trust_env=False,
        )


def cause_of(error: BaseException) -> str:
    """The word of ``wording.agent.CLOUD`` for an error of the way."""
    chain = tuple(_chain(error))
    return next(
        (word for kind, word in _CAUSES if any(isinstance(one, kind) for one in chain)), "broken"
    )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _judged(said: _Said, control_id: str, clock: Clock) -> Outcome:
    """The outcome that the cloud's answer stands for."""
    if said.status == httpx.codes.OK:
        code = _code_of(said.body, control_id)
        return Away("unusable_answer") if code is None else Acknowledged(code, said.body)
    if said.status in _LATER or said.status >= httpx.codes.INTERNAL_SERVER_ERROR:
        asked = retry_after.wait(said.headers.get_list("retry-after"), clock.now())
        return Away("server", asked.total_seconds())
    if said.status < httpx.codes.BAD_REQUEST:
        return Away("unusable_answer")
    return Refused(said.status, everything=said.status in _EVERYTHING)


def _code_of(ack: bytes, control_id: str) -> Code | None:
    """MSA-1 of an acknowledgement of that message, None where the bytes are no such thing."""
    try:
        msa = read_message(ack, max_bytes=MAX_ANSWER).single("MSA")
    except (NotHl7, MessageError):
        return None
    if msa.text(1) not in _CODES or msa.text(2) != control_id:
        return None
    return cast("Code", msa.text(1))


def _address(body: bytes) -> tuple[str, dict[str, str], str]:
    """The signed address, its headers, and the path of the acknowledgement. Ends for facts that are
    not those: the store is asked over TLS, but on the own machine."""
    try:
        facts: Any = strict_json.read(body)
        url, headers, path = (
            str(facts["url"]),
            dict(facts["headers"]),
            str(facts["acknowledgement"]),
        )
        where = urlsplit(url)
    except (strict_json.NotStrictJson, TypeError, KeyError, ValueError):
        raise _Ended(Away("unusable_answer")) from None
    is_safe = where.scheme == "https" or where.hostname in _LOOPBACK
    if not is_safe or not path.startswith("/") or path.startswith("//"):
        raise _Ended(Away("unusable_answer"))
    return url, {str(name): str(value) for name, value in headers.items()}, path
