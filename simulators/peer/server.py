"""The health check of every site behind one host, and a control to make a site fail.

A site is the path: ``/meridien/rs`` is the site ``meridien``. Each is ready until ``PUT
/_sim/sites/{site}`` says otherwise: ``{"health": "not_ready"}``.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

MAX_CONTROL: Final = 1024
_SILENCE: Final = 60.0
_SITES: Final = 100


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
    """The sites that were told to fail; each other one is ready."""

    def __init__(self) -> None:
        self._health: dict[str, str] = {}
        self._asked: dict[str, int] = {}

    async def check(self, request: Request) -> Response:
        site = request.path_params["site"]
        if site in self._asked or len(self._asked) < _SITES:
            self._asked[site] = self._asked.get(site, 0) + 1
        return await HEALTH[self._health.get(site, "ready")]()

    async def state(self, _request: Request) -> Response:
        return JSONResponse({"health": self._health, "asked": self._asked, "kinds": list(HEALTH)})

    async def put(self, request: Request) -> Response:
        site = request.path_params["site"]
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_CONTROL:
                return JSONResponse({"error": "the request is above 1 KiB"}, 413)
        try:
            health = json.loads(body)["health"]
        except (ValueError, TypeError, KeyError, RecursionError):
            health = None
        if not isinstance(health, str) or health not in HEALTH:
            return JSONResponse({"error": f"health is one of {', '.join(HEALTH)}"}, 400)
        if site not in self._health and len(self._health) >= _SITES:
            return JSONResponse({"error": "too many sites"}, 400)
        self._health[site] = health
        return Response(status_code=204)

    async def clear(self, _request: Request) -> Response:
        self._health.clear()
        return Response(status_code=204)


def make_app() -> Starlette:
    """The ASGI application; its sites are its own."""
    sites = _Sites()
    return Starlette(
        routes=[
            Route("/_sim/state", sites.state, methods=["GET"]),
            Route("/_sim/sites", sites.clear, methods=["DELETE"]),
            Route("/_sim/sites/{site}", sites.put, methods=["PUT"]),
            Route("/{site}/rs", sites.check, methods=["GET"]),
            Route("/{site}/rs/studies", sites.check, methods=["OPTIONS"]),
        ]
    )


def tls_config(app: Starlette, *, certificate: Path, key: Path) -> uvicorn.Config:
    """TLS without client certificates: everybody may ask for the health."""
    return uvicorn.Config(
        app,
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
        ssl_certfile=certificate,
        ssl_keyfile=key,
    )
