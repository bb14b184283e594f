"""The sites behind one host, and a control to make a site fail.

A site is the path: ``/meridien/rs`` is the site ``meridien``. Each is ready and well until ``PUT
/_sim/sites/{site}`` says otherwise: ``{"health": "not_ready"}`` for its health check,
``{"images": "cut", "after": 5000, "count": 1}`` for its images, or both.

``GET /_sim/state`` tells what each request carried. A token is never kept: only the beginning of
its SHA-256, by which a test knows its own again.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Mapping
from pathlib import Path
from typing import Any, Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from simulators.peer.images import Asked, is_uid
from simulators.peer.plays import PLAYS, Play, Told, WrongWish, read_wish

MAX_CONTROL: Final = 1024
_SILENCE: Final = 60.0
_SITES: Final = 100
_REQUESTS: Final = 2000
# Set by the front, which has verified the certificate; nobody else reaches this application.
SUBJECT: Final = "x-client-subject"


async def _ready() -> Response:
    return JSONResponse({"status": "ready"})


async def _not_ready() -> Response:
    return JSONResponse({"status": "not_ready"}, 503, {"Retry-After": "30"})


async def _silent() -> Response:
    await asyncio.sleep(_SILENCE)
    return Response(status_code=504)


async def _redirect() -> Response:
    return Response(status_code=302, headers={"Location": "https://elsewhere.example/"})


async def _garbage() -> Response:
    return Response("<html><body>portal</body></html>", media_type="text/html")


HEALTH: Final[Mapping[str, Callable[[], Awaitable[Response]]]] = {
    "ready": _ready,
    "not_ready": _not_ready,
    "silent": _silent,
    "redirect": _redirect,
    "garbage": _garbage,
}


class _Sites:
    """The sites that were told to fail; each other one is ready, and its images are good.

    ``real`` are sites behind which a DRIMbox stands: the front leads there. ``closed``: no front
    asks for certificates, and nobody gets images.
    """

    def __init__(self, files: Path | None, real: Collection[str], *, closed: bool) -> None:
        self._files = files
        self._closed = closed
        self._real = frozenset(real)
        self._health: dict[str, str] = {}
        self._images: dict[str, Told] = {}
        self._asked: dict[str, int] = {}
        self._requests: deque[dict[str, str]] = deque(maxlen=_REQUESTS)

    async def check(self, request: Request) -> Response:
        site = self._count(request)
        if site in self._real and site not in self._health:
            return self._onward(site)
        return await HEALTH[self._health.get(site, "ready")]()

    async def images(self, request: Request) -> Response:
        site, told = self._count(request), self._told(request.path_params["site"])
        if self._closed:
            return JSONResponse({"status": 403}, 403)
        if site in self._real and told is None:
            return self._onward(site)
        asked = _asked(request.path_params["rest"])
        if asked is None:
            return JSONResponse({"status": 404}, 404)
        if told is None and (refusal := self._refusal(request, asked)) is not None:
            return refusal
        told = told or Told("good")
        transport = request.scope.get("state", {}).get("transport")
        return await PLAYS[told.kind](Play(asked, self._files, transport, told.after, told.seconds))

    def _refusal(self, request: Request, asked: Asked) -> Response | None:
        """A site that is well asks for a token and a manifest, and has what it has."""
        if not request.headers.get("authorization", "").lower().startswith("bearer "):
            return JSONResponse({"status": 401}, 401, {"WWW-Authenticate": "Bearer"})
        if "kos-sopinstanceuid" not in request.headers:
            return JSONResponse({"status": 400}, 400)
        if self._files is None or not asked.paths(self._files):
            return JSONResponse({"status": 404}, 404)
        return None

    def _onward(self, site: str) -> Response:
        return Response(headers={"X-Accel-Redirect": f"@{site}"})

    def _told(self, site: str) -> Told | None:
        told = self._images.get(site)
        if told is None or told.count is None:
            return told
        if told.count <= 1:
            del self._images[site]
        told.count -= 1
        return told

    def _count(self, request: Request) -> str:
        site = str(request.path_params["site"])
        if site in self._asked or len(self._asked) < _SITES:
            self._asked[site] = self._asked.get(site, 0) + 1
        told = request.headers.get("authorization", "")
        self._requests.append(
            {
                "site": site,
                "method": request.method,
                "path": request.url.path,
                "authorization": token_digest(told.rpartition(" ")[2]) if told else "",
                "certificate": request.headers.get(SUBJECT, ""),
            }
        )
        return site

    async def state(self, _request: Request) -> Response:
        return JSONResponse(
            {
                "health": self._health,
                "images": {site: told.kind for site, told in self._images.items()},
                "asked": self._asked,
                "kinds": list(HEALTH),
                "plays": list(PLAYS),
                "requests": list(self._requests),
            }
        )

    async def put(self, request: Request) -> Response:
        site = request.path_params["site"]
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_CONTROL:
                return JSONResponse({"error": "the request is above 1 KiB"}, 413)
        try:
            self._tell(site, _object(body))
        except WrongWish as error:
            return JSONResponse({"error": str(error)}, 400)
        return Response(status_code=204)

    def _tell(self, site: str, facts: Mapping[str, Any]) -> None:
        images = read_wish(facts) if "images" in facts else None
        health = facts.get("health")
        if ("health" in facts or images is None) and (
            not isinstance(health, str) or health not in HEALTH
        ):
            raise WrongWish(f"health is one of {', '.join(HEALTH)}")
        known = {*self._health, *self._images}
        if site not in known and len(known) >= _SITES:
            raise WrongWish("too many sites")
        if isinstance(health, str):
            self._health[site] = health
        if images is not None:
            self._images[site] = images

    async def clear(self, _request: Request) -> Response:
        self._health.clear()
        self._images.clear()
        return Response(status_code=204)

    async def forget(self, _request: Request) -> Response:
        self._requests.clear()
        return Response(status_code=204)


def token_digest(token: str) -> str:
    """How a token is told: the first 16 digits of its SHA-256."""
    return hashlib.sha256(token.encode()).hexdigest()[:16]


def _object(body: bytes) -> dict[str, Any]:
    try:
        facts = json.loads(body)
    except (ValueError, RecursionError):
        facts = None
    return facts if isinstance(facts, dict) else {}


def _asked(rest: str) -> Asked | None:
    """The UIDs of a path below ``studies/``; None for another path."""
    parts = rest.split("/")
    names, uids = parts[1::2], parts[::2]
    if names != ["series", "instances"][: len(names)] or len(uids) != len(names) + 1:
        return None
    return Asked(*uids) if all(map(is_uid, uids)) else None


def make_app(
    files: Path | None = None, real: Collection[str] = (), *, closed: bool = False
) -> Starlette:
    """The ASGI application; its sites are its own.

    ``files`` is the folder ``<study>/<series>/<instance>.dcm`` of the sites' images; ``real`` and
    ``closed`` as of the sites.
    """
    sites = _Sites(files, real, closed=closed)
    return Starlette(
        routes=[
            Route("/_sim/state", sites.state, methods=["GET"]),
            Route("/_sim/requests", sites.forget, methods=["DELETE"]),
            Route("/_sim/sites", sites.clear, methods=["DELETE"]),
            Route("/_sim/sites/{site}", sites.put, methods=["PUT"]),
            Route("/{site}/rs", sites.check, methods=["GET"]),
            Route("/{site}/rs/studies", sites.check, methods=["OPTIONS"]),
            Route("/{site}/rs/studies/{rest:path}", sites.images, methods=["GET"]),
        ]
    )


class Protocol(HttpToolsProtocol):
    """HTTP that shows its transport to the application, which may have to drop it."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"]["transport"] = self.transport


def config(app: Starlette, **tls: Path) -> uvicorn.Config:
    """How the application is served: to the front alone, or with ``ssl_certfile`` and
    ``ssl_keyfile`` to everybody.
    """
    return uvicorn.Config(
        app,
        **tls,  # type: ignore[arg-type]  # two files, as it wants them
        http=Protocol,
        lifespan="off",
        log_level="error",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
