"""The front's streamer: a study of any size as one answer (decision 0106).

It stands between nginx and nginx: it is asked for studies, asks the API by nginx's own listener,
and passes on each answer but one that says where the series of a large study stand. It reads these
one after the other and writes their objects under one boundary. It holds no image, and at most a
few network buffers of each answer.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

import httpx

from functions.drimbox.images import joining
from functions.drimbox.images.joining import Cut, Joined
from functions.drimbox.wording.refusals import GATEWAY_TITLES, TITLES

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

# Bytes of an answer of the API that names series: Lambda's limit is below.
_MOST_NAMED: Final = 8 * 1024 * 1024
# Reads of one series' body: the line to the storage may break, and an address may end.
_TRIES: Final = 4
# Seconds.
_AGAIN: Final = b"5"
# Headers that are about one connection, and those that are written anew (RFC 9110 7.6.1).
_OF_CONNECTION: Final = frozenset(
    {b"connection", b"keep-alive", b"te", b"trailer", b"transfer-encoding", b"upgrade"}
)
_OF_BODY: Final = frozenset({b"content-length", b"content-type", b"content-encoding"})
_LAST: Final[Message] = {"type": "http.response.body", "body": b"", "more_body": False}


class Broken(Exception):
    """A body cannot be read to its end."""


@dataclass(frozen=True, slots=True)
class Storage:
    """The images' storage: the bases of the addresses that are read, and a client for them."""

    client: httpx.AsyncClient
    bases: tuple[str, ...]

    def trusted(self, address: str) -> bool:
        """Whether the address is one of the storage."""
        return any(address.startswith(f"{base}/") for base in self.bases)


class Streamer:
    """The ASGI application. ``api`` speaks to nginx's listener before the API; at most ``most``
    large answers at a time."""

    def __init__(self, api: httpx.AsyncClient, storage: Storage, *, most: int = 200) -> None:
        self._api = api
        self.storage = storage
        self._free = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, which has no body."""
        if scope["type"] != "http":
            return
        try:
            async with self._asked(scope) as answer:
                if answer.headers.get("Content-Type") == joining.MEDIA:
                    await self._join(scope, answer, receive, send)
                else:
                    await _pass_on(answer, send, scope["method"])
        except httpx.HTTPError:
            await _refuse(send, 502, "internal_error")

    @asynccontextmanager
    async def _asked(self, scope: Scope) -> AsyncIterator[httpx.Response]:
        """The API's answer to the same request by GET: a HEAD has no body that names series."""
        path = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
        headers = [
            *(pair for pair in scope["headers"] if pair[0] not in _OF_CONNECTION),
            (joining.HEADER.encode(), scope["method"].encode()),
        ]
        # A request of the client's own would have headers that the caller did not send.
        request = httpx.Request("GET", httpx.URL("http://api", raw_path=path), headers=headers)
        answer = await self._api.send(request, stream=True)
        try:
            yield answer
        finally:
            await answer.aclose()

    async def _join(
        self, scope: Scope, answer: httpx.Response, receive: Receive, send: Send
    ) -> None:
        joined = await self._named(answer)
        if joined is None:
            await _refuse(send, 502, "internal_error")
            return
        left_out = _OF_CONNECTION | _OF_BODY
        start = {
            "type": "http.response.start",
            "status": 200,
            "headers": [
                *(pair for pair in answer.headers.raw if pair[0].lower() not in left_out),
                (b"content-type", joined.layout.content_type.encode()),
                (b"content-length", str(joined.layout.size).encode()),
            ],
        }
        if scope["method"] == "HEAD":
            await send(start)
            await send(_LAST)
        elif self._free < 1:
            await _refuse(send, 503, "storage_unavailable")
        else:
            self._free -= 1
            caller = asyncio.ensure_future(_gone(receive))
            try:
                await self._written(scope, joined, start, caller, send)
            finally:
                caller.cancel()
                self._free += 1

    async def _written(
        self,
        scope: Scope,
        joined: Joined,
        start: Message,
        caller: asyncio.Future[None],
        send: Send,
    ) -> None:
        """All bytes, or a connection that ends too early: nobody takes it for a whole answer."""
        begun = False
        try:
            for number, (_, cut) in enumerate(joined.cuts()):
                async for piece in self._series(scope, joined, number, cut):
                    if caller.done():
                        return
                    if not begun:
                        begun = True
                        await send(start)
                    await send({**_LAST, "body": piece, "more_body": True})
        except Broken:
            if not begun:
                await _refuse(send, 503, "storage_unavailable")
            return
        await send({**_LAST, "body": joined.layout.tail})

    async def _series(
        self, scope: Scope, joined: Joined, number: int, cut: Cut
    ) -> AsyncIterator[bytes]:
        """The bytes that go out of one series. Raises Broken when its body cannot be read."""
        series, version = joined.series[number], ""
        for _ in range(_TRIES):
            before = cut.position
            wanted = {"Range": f"bytes={before}-{series.end - 1}", "Accept-Encoding": "identity"}
            if version:
                wanted["If-Match"] = version
            with suppress(httpx.HTTPError):  # taken up where it broke
                async with self.storage.client.stream("GET", series.source, headers=wanted) as body:
                    if body.status_code == 206:
                        version = body.headers.get("ETag", "")
                        async for chunk in body.aiter_raw():
                            yield b"".join(cut.feed(chunk))
            if cut.whole:
                return
            if cut.position == before:
                # Nothing came: the address may have ended.
                series = await self._renewed(scope, joined, number)
        raise Broken

    async def _renewed(self, scope: Scope, joined: Joined, number: int) -> joining.JoinedSeries:
        """The same series at a new address. Raises Broken where it is not the same any more."""
        try:
            async with self._asked(scope) as answer:
                named = answer.headers.get("Content-Type") == joining.MEDIA
                again = await self._named(answer) if named else None
        except httpx.HTTPError:
            again = None
        if again is None or again.layout != joined.layout:
            raise Broken
        found = again.series[number]
        if found.objects != joined.series[number].objects:
            raise Broken
        return found

    async def _named(self, answer: httpx.Response) -> Joined | None:
        """The series that the API names; None where they are not to be read."""
        data = bytearray()
        async for chunk in answer.aiter_bytes():
            data += chunk
            if len(data) > _MOST_NAMED:
                return None
        try:
            joined = joining.decode(bytes(data))
        except ValueError:
            return None
        trusted = all(self.storage.trusted(one.source) for one in joined.series)
        return joined if trusted and answer.status_code == 200 else None


async def _gone(receive: Receive) -> None:
    """Until the caller is gone: the server says it nowhere else."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _pass_on(answer: httpx.Response, send: Send, method: str) -> None:
    kept = [pair for pair in answer.headers.raw if pair[0].lower() not in _OF_CONNECTION]
    await send({"type": "http.response.start", "status": answer.status_code, "headers": kept})
    if method != "HEAD":
        async for chunk in answer.aiter_raw():
            await send({**_LAST, "body": chunk, "more_body": True})
    await send(_LAST)


async def _refuse(send: Send, status: int, code: str) -> None:
    """A problem (RFC 9457)."""
    title = TITLES.get(status) or GATEWAY_TITLES[status]
    facts = {
        "type": "about:blank",
        "status": status,
        "code": code,
        "title": title.fr,
        "title_en": title.en,
    }
    body = json.dumps(facts).encode()
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"strict-transport-security", b"max-age=31536000; includeSubDomains"),
        *([(b"retry-after", _AGAIN)] if status == 503 else []),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({**_LAST, "body": body})
