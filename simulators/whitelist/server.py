"""The publisher behind HTTP: the list in both styles, the revocation list, the control API."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Final

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from simulators.serving import QUIET
from simulators.whitelist.faults import KINDS, BadFault, Fault, Faults
from simulators.whitelist.lists import BadDomain, Domain
from simulators.whitelist.publisher import Publisher, to_bytes
from simulators.whitelist.signing import ENVELOPED, FILTER, Style
from simulators.whitelist.wrong import LISTS, REVOCATIONS

LIST: Final = "/liste-blanche.xml"
LIST_ENVELOPED: Final = "/liste-blanche-enveloped.xml"
CRL: Final = "/autorite.crl"
_SERIAL: Final = re.compile(r"[0-9a-fA-F]{1,40}")
MAX_CONTROL: Final = 1024 * 1024
_BOMB: Final = 64 * 1024 * 1024
_CONNECTION: Final = "whitelist.connection"


class CuttingProtocol(HttpToolsProtocol):
    """Hands the connection to the application, which may end it in the middle of an answer."""

    def on_message_begin(self) -> None:
        """Called by the parser at each request of a connection."""
        super().on_message_begin()
        self.scope["extensions"] = {_CONNECTION: {"transport": self.transport}}


def make_app(publisher: Publisher, faults: Faults) -> Starlette:
    """The ASGI application. It runs under :class:`CuttingProtocol` only."""
    files = _Files(publisher, faults)
    control = _Control(publisher, faults)
    return Starlette(
        routes=[
            Route(LIST, files.filtered),
            Route(LIST_ENVELOPED, files.enveloped),
            Route(CRL, files.revocations),
            Route("/_sim/state", control.state, methods=["GET"]),
            Route("/_sim/domains", control.publish, methods=["PUT"]),
            Route("/_sim/revoked", control.revoke, methods=["PUT"]),
            Route("/_sim/faults", control.add_fault, methods=["POST"]),
            Route("/_sim/faults", control.list_faults, methods=["GET"]),
            Route("/_sim/faults", control.clear_faults, methods=["DELETE"]),
        ]
    )


class _Files:
    """Each request meets one fault at most."""

    def __init__(self, publisher: Publisher, faults: Faults) -> None:
        self._publisher = publisher
        self._faults = faults

    async def filtered(self, _request: Request) -> Response:
        return await self._list(FILTER)

    async def enveloped(self, _request: Request) -> Response:
        return await self._list(ENVELOPED)

    async def revocations(self, _request: Request) -> Response:
        fault = self._faults.take("crl")
        wrong = None if fault is None else REVOCATIONS.get(fault.kind)
        make = self._publisher.revocation_list
        content = await run_in_threadpool(
            make if wrong is None else lambda: wrong.make(self._publisher)
        )
        return _answer(content, "application/pkix-crl", fault)

    async def _list(self, style: Style) -> Response:
        fault = self._faults.take("list")
        wrong = None if fault is None else LISTS.get(fault.kind)

        def make() -> bytes:
            if wrong is not None:
                return wrong.make(self._publisher)
            return to_bytes(self._publisher.signed(style))

        return _answer(await run_in_threadpool(make), "application/xml", fault)


def _answer(content: bytes, media_type: str, fault: Fault | None) -> Response:
    """The file, in the way that the fault asks for; a fault of content has had its effect."""
    ways: dict[str, Callable[[], Response]] = {
        "unavailable": lambda: Response("unavailable\n", 503, media_type="text/plain"),
        "absent": lambda: Response("absent\n", 404, media_type="text/plain"),
        "redirect": lambda: Response(None, 302, {"Location": "https://elsewhere.example/"}),
        "cut": lambda: _Cut(content, media_type=media_type),
        "slow": lambda: StreamingResponse(
            _slowly(content, (fault.seconds if fault else None) or 0.0), media_type=media_type
        ),
        "compressed": lambda: Response(
            gzip.compress(bytes(_BOMB)), 200, {"Content-Encoding": "gzip"}, media_type
        ),
    }
    way = ways.get(fault.kind if fault else "", lambda: Response(content, media_type=media_type))
    return way()


async def _slowly(content: bytes, seconds: float) -> AsyncIterator[bytes]:
    """All bytes in ``seconds``, a few at a time."""
    pieces = 50
    size = max(1, len(content) // pieces)
    for start in range(0, len(content), size):
        yield content[start : start + size]
        await asyncio.sleep(seconds / pieces)


class _Cut(Response):
    """Half of the content, and the end of the connection."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        scope["extensions"][_CONNECTION]["transport"].close()
        while (await receive())["type"] != "http.disconnect":
            pass


class _Control:
    """``/_sim/``: for tests and for people."""

    def __init__(self, publisher: Publisher, faults: Faults) -> None:
        self._publisher = publisher
        self._faults = faults

    async def state(self, _request: Request) -> Response:
        return JSONResponse(
            {
                "generated_at": self._publisher.generated_at.isoformat(),
                "domains": [one.describe() for one in self._publisher.domains],
                "kinds": KINDS,
            }
        )

    async def publish(self, request: Request) -> Response:
        try:
            facts = json.loads(await _body(request))
            if not isinstance(facts, list):
                raise BadDomain("a JSON array of domains is expected")
            self._publisher.publish([Domain.read(one) for one in facts])
        except (ValueError, RecursionError) as error:
            return _refused(error)
        return Response(status_code=204)

    async def revoke(self, request: Request) -> Response:
        try:
            numbers = json.loads(await _body(request))
            if not isinstance(numbers, list) or not all(isinstance(one, str) for one in numbers):
                raise BadSerial("a JSON array of hexadecimal serial numbers is expected")
            self._publisher.revoked = {_serial(one) for one in numbers}
        except (ValueError, RecursionError) as error:
            return _refused(error)
        return Response(status_code=204)

    async def add_fault(self, request: Request) -> Response:
        try:
            fault = Fault.read(json.loads(await _body(request)))
        except (ValueError, RecursionError) as error:
            return _refused(error)
        self._faults.add(fault)
        return JSONResponse(fault.describe(), 201)

    async def list_faults(self, _request: Request) -> Response:
        return JSONResponse({"faults": self._faults.describe()})

    async def clear_faults(self, _request: Request) -> Response:
        self._faults.clear()
        return Response(status_code=204)


class BadSerial(ValueError):
    """No serial number of a certificate (RFC 5280 4.1.2.2); the message says it."""


def _serial(text: str) -> int:
    if not _SERIAL.fullmatch(text) or not int(text, 16):
        raise BadSerial("a serial number is 1 to 40 hexadecimal digits, and not zero")
    return int(text, 16)


class TooLarge(ValueError):
    """The request's body is above the limit."""


def _refused(error: Exception) -> Response:
    if isinstance(error, TooLarge):
        return JSONResponse({"error": "the request is above 1 MiB"}, 413)
    known = isinstance(error, BadFault | BadDomain | BadSerial)
    return JSONResponse({"error": str(error) if known else "not JSON"}, 400)


async def _body(request: Request) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_CONTROL:
            raise TooLarge
        chunks.append(chunk)
    return b"".join(chunks)


def tls_config(app: Starlette, *, certificate: Path, key: Path) -> uvicorn.Config:
    """TLS without client certificates: everybody may read the list."""
    return uvicorn.Config(
        app,
        http=CuttingProtocol,
        ssl_certfile=certificate,
        ssl_keyfile=key,
        **QUIET,
    )
