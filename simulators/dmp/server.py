"""The DMP behind HTTP: its services, the control API, and the faults asked for."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from simulators.dmp.errors import RegistryError
from simulators.dmp.faults import BadFault, Fault, Faults
from simulators.dmp.loaded import BadDocument, read_body
from simulators.dmp.page import render
from simulators.dmp.patients import BadPatient, Patient
from simulators.dmp.registry import SERVICES, Answer, Registry
from simulators.dmp.retrieval import SPOILS
from simulators.serving import QUIET

MAX_REQUEST: Final = 20 * 1024 * 1024
MAX_CONTROL: Final = 64 * 1024
MAX_LOADED: Final = 128 * 1024 * 1024
_BASE: Final = "/si-dmp-server/v2/services/"
_CONNECTION: Final = "dmp.connection"


class TooLarge(Exception):
    """The request's body is above the limit."""


class PeerProtocol(HttpToolsProtocol):
    """uvicorn has not the TLS extension of ASGI: this hands the connection to the application."""

    def on_message_begin(self) -> None:
        """Called by the parser at each request of a connection."""
        super().on_message_begin()
        self.scope["extensions"] = {_CONNECTION: {"transport": self.transport}}


def make_app(registry: Registry, faults: Faults, clock: Callable[[], datetime]) -> Starlette:
    """The ASGI application. It runs under :class:`PeerProtocol` only."""
    late = _Late()
    service = _Service(registry, faults, clock, late)
    control = _Control(registry, faults, late)
    routes = [Route(f"{_BASE}{path}", service.handle, methods=["POST"]) for path in SERVICES]
    routes += [
        Route("/_sim/", control.page, methods=["GET"]),
        Route("/_sim/state", control.state, methods=["GET"]),
        Route("/_sim/documents", control.load_documents, methods=["POST"]),
        Route("/_sim/documents", control.clear_documents, methods=["DELETE"]),
        Route("/_sim/documents/{entry_uuid}", control.document, methods=["GET"]),
        Route("/_sim/documents/{entry_uuid}", control.forget, methods=["DELETE"]),
        Route("/_sim/patients", control.describe_patient, methods=["POST"]),
        Route("/_sim/patients", control.list_patients, methods=["GET"]),
        Route("/_sim/patients", control.forget_patients, methods=["DELETE"]),
        Route("/_sim/faults", control.add_fault, methods=["POST"]),
        Route("/_sim/faults", control.list_faults, methods=["GET"]),
        Route("/_sim/faults", control.clear_faults, methods=["DELETE"]),
        Route("/_sim/late", control.commit_late, methods=["POST"]),
    ]
    return Starlette(routes=routes)


class _Late:
    """The requests that are done after their connection was closed: at their time, or all now."""

    def __init__(self) -> None:
        self._now: dict[asyncio.Task[None], asyncio.Event] = {}

    def add(self, seconds: float, work: Callable[[], Awaitable[object]]) -> None:
        """Do ``work`` that much later."""
        now = asyncio.Event()

        async def later() -> None:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await now.wait()
            await work()

        task = asyncio.create_task(later())
        self._now[task] = now  # the loop itself keeps no reference to its tasks
        task.add_done_callback(self._now.pop)

    async def do_now(self) -> None:
        """Do all of them, and come back when they are done."""
        waiting = dict(self._now)
        for now in waiting.values():
            now.set()
        await asyncio.gather(*waiting)


class _Service:
    """The SOAP services; ``handle`` applies at most one fault to each request."""

    def __init__(
        self, registry: Registry, faults: Faults, clock: Callable[[], datetime], late: _Late
    ) -> None:
        self._registry = registry
        self._faults = faults
        self._clock = clock
        self._late = late
        self._reactions: dict[str, Callable[[_Exchange], Awaitable[Response | None]]] = {
            "delay": self._delay,
            "unavailable": self._unavailable,
            "lost_answer": self._lose_answer,
            "late_commit": self._commit_late,
            "wrong_answer": self._answer_wrongly,
            "refuse": self._refuse,
            "busy": self._refuse,
            "cut": self._cut,
            **dict.fromkeys(SPOILS, self._spoil),
        }

    async def handle(self, request: Request) -> Response:
        try:
            body = await _body(request, MAX_REQUEST)
        except TooLarge:
            return Response("the request is above 20 MiB\n", 413, media_type="text/plain")
        transaction = await run_in_threadpool(
            self._registry.transaction_of,
            request.url.path.removeprefix(_BASE),
            body,
            request.headers.get("content-type", ""),
        )
        fault = self._faults.take(transaction)
        exchange = _Exchange(request, body, transaction, self._clock(), fault)
        if fault is None:
            return _response(await self._execute(exchange))
        response = await self._reactions[fault.kind](exchange)
        return _Closed() if response is None else response

    async def _execute(self, exchange: _Exchange) -> Answer:
        return await run_in_threadpool(
            self._registry.execute,
            exchange.transaction,
            exchange.body,
            exchange.content_type,
            exchange.peer_certificate,
            received_at=exchange.received_at,
        )

    async def _delay(self, exchange: _Exchange) -> Response:
        answer = await self._execute(exchange)
        await asyncio.sleep(exchange.seconds)
        return _response(answer)

    async def _unavailable(self, _exchange: _Exchange) -> Response:
        return Response("unavailable\n", 503, media_type="text/plain")

    async def _lose_answer(self, exchange: _Exchange) -> None:
        await self._execute(exchange)

    async def _commit_late(self, exchange: _Exchange) -> None:
        self._late.add(exchange.seconds, lambda: self._execute(exchange))

    async def _cut(self, exchange: _Exchange) -> Response:
        return _Cut(await self._execute(exchange))

    async def _spoil(self, exchange: _Exchange) -> Response:
        answer = await self._execute(exchange)
        return _response(answer._replace(body=SPOILS[exchange.kind](answer.body)))

    async def _answer_wrongly(self, _exchange: _Exchange) -> Response:
        return Response("<html><body>portal</body></html>\n", 200, media_type="text/html")

    async def _refuse(self, exchange: _Exchange) -> Response:
        error = RegistryError(exchange.code, "refused on demand")
        return _response(
            await run_in_threadpool(
                self._registry.refuse,
                exchange.transaction,
                exchange.body,
                exchange.content_type,
                error,
            )
        )


class _Exchange:
    """One request of a service, read, with the fault that strikes it."""

    def __init__(
        self,
        request: Request,
        body: bytes,
        transaction: str,
        received_at: datetime,
        fault: Fault | None,
    ) -> None:
        self.body = body
        self.transaction = transaction
        self.received_at = received_at
        self.content_type = request.headers.get("content-type", "")
        transport = request.scope["extensions"][_CONNECTION]["transport"]
        tls: ssl.SSLObject = transport.get_extra_info("ssl_object")
        self.peer_certificate = tls.getpeercert(binary_form=True)
        self.kind = fault.kind if fault else ""
        self.seconds = (fault and fault.seconds) or 0.0
        self.code = (fault and fault.code) or "XDSRegistryBusy"


class _Closed(Response):
    """No answer at all: the connection is closed instead."""

    async def __call__(self, scope: Any, receive: Any, _send: Any) -> None:
        scope["extensions"][_CONNECTION]["transport"].abort()
        while (await receive())["type"] != "http.disconnect":
            pass


class _Cut(Response):
    """Half of an answer; then the connection is closed."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.body, answer.status, headers={"Content-Type": answer.content_type})

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        start = {"type": "http.response.start", "status": self.status_code}
        await send({**start, "headers": self.raw_headers})
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        scope["extensions"][_CONNECTION]["transport"].close()
        while (await receive())["type"] != "http.disconnect":
            pass


class _Control:
    """``/_sim/``: for tests and for people, without client certificate."""

    def __init__(self, registry: Registry, faults: Faults, late: _Late) -> None:
        self._registry = registry
        self._faults = faults
        self._late = late

    async def page(self, _request: Request) -> Response:
        return HTMLResponse(render(await run_in_threadpool(self._registry.state)))

    async def state(self, _request: Request) -> Response:
        return JSONResponse({"documents": await run_in_threadpool(self._registry.state)})

    async def document(self, request: Request) -> Response:
        found = await run_in_threadpool(self._registry.content, request.path_params["entry_uuid"])
        if found is None:
            return Response("no such document\n", 404, media_type="text/plain")
        media_type, content = found
        headers = {"X-Content-Type-Options": "nosniff", "Content-Disposition": "attachment"}
        return Response(content, media_type=media_type, headers=headers)

    async def forget(self, request: Request) -> Response:
        known = await run_in_threadpool(self._registry.forget, request.path_params["entry_uuid"])
        return Response(status_code=204 if known else 404)

    async def load_documents(self, request: Request) -> Response:
        try:
            body = await _body(request, MAX_LOADED)
            count = await run_in_threadpool(lambda: self._registry.load(read_body(body)))
        except TooLarge:
            return JSONResponse({"error": "the request is above 128 MiB"}, 413)
        except BadDocument as error:
            return JSONResponse({"error": str(error)}, 400)
        return JSONResponse({"documents": count}, 201)

    async def clear_documents(self, _request: Request) -> Response:
        await run_in_threadpool(self._registry.clear)
        return Response(status_code=204)

    async def describe_patient(self, request: Request) -> Response:
        try:
            who, patient = Patient.read(json.loads(await _body(request, MAX_CONTROL)))
        except TooLarge:
            return JSONResponse({"error": "the request is above 64 KiB"}, 413)
        except BadPatient as error:
            return JSONResponse({"error": str(error)}, 400)
        except (ValueError, RecursionError):
            return JSONResponse({"error": "not JSON"}, 400)
        await run_in_threadpool(self._registry.describe_patient, who, patient)
        return JSONResponse(patient.describe(), 201)

    async def list_patients(self, _request: Request) -> Response:
        return JSONResponse({"patients": await run_in_threadpool(self._registry.patients)})

    async def forget_patients(self, _request: Request) -> Response:
        await run_in_threadpool(self._registry.forget_patients)
        return Response(status_code=204)

    async def add_fault(self, request: Request) -> Response:
        try:
            fault = Fault.read(json.loads(await _body(request, MAX_CONTROL)))
        except TooLarge:
            return JSONResponse({"error": "the request is above 64 KiB"}, 413)
        except BadFault as error:
            return JSONResponse({"error": str(error)}, 400)
        except (ValueError, RecursionError):
            return JSONResponse({"error": "not JSON"}, 400)
        self._faults.add(fault)
        return JSONResponse(fault.describe(), 201)

    async def list_faults(self, _request: Request) -> Response:
        return JSONResponse({"faults": self._faults.describe()})

    async def clear_faults(self, _request: Request) -> Response:
        self._faults.clear()
        return Response(status_code=204)

    async def commit_late(self, _request: Request) -> Response:
        """Do now all that ``late_commit`` still holds back."""
        await self._late.do_now()
        return Response(status_code=204)


async def _body(request: Request, limit: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise TooLarge
        chunks.append(chunk)
    return b"".join(chunks)


def _response(answer: Answer) -> Response:
    return Response(answer.body, answer.status, headers={"Content-Type": answer.content_type})


def tls_config(
    app: Starlette, *, certificate: Path, key: Path, authorities: Path
) -> uvicorn.Config:
    """TLS 1.2 or later; a client certificate is asked for, and one of another authority refused
    in the handshake. The services demand it, ``/_sim/`` does not."""
    config = uvicorn.Config(
        app,
        http=PeerProtocol,
        ssl_certfile=certificate,
        ssl_keyfile=key,
        ssl_ca_certs=str(authorities),
        ssl_cert_reqs=ssl.CERT_OPTIONAL,
        **QUIET,
    )
    config.load()
    if config.ssl is None:
        raise RuntimeError("TLS is not configured")
    config.ssl.minimum_version = ssl.TLSVersion.TLSv1_2
    return config
