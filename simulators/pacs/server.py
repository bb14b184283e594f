"""The PACS as one application: DICOMweb under /dicom-web, control under /_sim, health on /."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route, Router
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from simulators.pacs.archive import Archive, is_uid
from simulators.pacs.attributes import tag
from simulators.pacs.dicomweb import DicomWeb
from simulators.pacs.faults import FaultError, Faults, FaultyApp, read_fault
from simulators.pacs.query import Query, search

BASE: Final = "/dicom-web"


class Engine(Protocol):
    """The PACS in use: its name, its DICOMweb application, and its control interface."""

    name: str

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The DICOMweb services (ASGI)."""

    async def studies(self) -> list[dict[str, Any]]:
        """Each study: study_instance_uid, patient_id, accession_number, series, instances."""

    async def delete(self, study: str) -> bool:
        """Remove a study; False when it is not there."""

    async def close(self) -> None:
        """Let go of everything."""


@dataclass(slots=True)
class FolderEngine:
    """The small server over a folder of Part 10 files."""

    archive: Archive
    router: Router
    name: str = "folder"

    @classmethod
    def open(cls, archive: Archive) -> FolderEngine:
        """The engine over ``archive``."""
        return cls(archive, Router(DicomWeb(archive).routes()))

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As Engine says."""
        await self.router(scope, receive, send)

    async def studies(self) -> list[dict[str, Any]]:
        """As Engine says, from the index."""
        keys = {
            "study_instance_uid": "StudyInstanceUID",
            "patient_id": "PatientID",
            "accession_number": "AccessionNumber",
            "series": "NumberOfStudyRelatedSeries",
            "instances": "NumberOfStudyRelatedInstances",
        }
        return [
            {name: found.get(tag(k), {}).get("Value", [""])[0] for name, k in keys.items()}
            for found in search(self.archive.select(), "study", Query())
        ]

    async def delete(self, study: str) -> bool:
        """As Engine says; the files go too."""
        return await run_in_threadpool(self.archive.delete_study, study) > 0

    async def close(self) -> None:
        """Nothing is open: every file is written when it is acknowledged."""


def application(engine: Engine, faults: Faults, started: Callable[[], None]) -> Starlette:
    """The whole server; ``started`` is called once it serves."""

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok", "engine": engine.name, "dicomweb": BASE})

    async def state(_: Request) -> Response:
        return JSONResponse(
            {
                "engine": engine.name,
                "studies": await engine.studies(),
                "faults": faults.state(),
                "requests": dict(faults.seen),
            }
        )

    async def inject(request: Request) -> Response:
        try:
            faults.active.append(read_fault(await request.body()))
        except FaultError as error:
            raise HTTPException(400, f"the fault is wrong: {error}") from error
        return JSONResponse(faults.state(), 201)

    async def heal(_: Request) -> Response:
        faults.active.clear()
        return Response(status_code=204)

    async def delete(request: Request) -> Response:
        study = request.path_params["study"]
        if not is_uid(study):
            raise HTTPException(400, "not a UID")
        if not await engine.delete(study):
            raise HTTPException(404, "not here")
        return Response(status_code=204)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        started()
        yield
        await engine.close()

    return Starlette(
        routes=[
            Route("/", health, methods=["GET"]),
            Route("/_sim/state", state, methods=["GET"]),
            Route("/_sim/faults", inject, methods=["POST"]),
            Route("/_sim/faults", heal, methods=["DELETE"]),
            Route("/_sim/studies/{study}", delete, methods=["DELETE"]),
            Mount(BASE, FaultyApp(engine.app, faults)),
        ],
        lifespan=lifespan,
    )


class _Protocol(HttpToolsProtocol):
    """HTTP that shows its transport to the application, which may have to drop it."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"]["transport"] = self.transport


def port_is_free(host: str, port: int) -> bool:
    """True when a server can listen there now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def serve(engine: Engine, host: str, port: int, started: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are given five seconds."""
    uvicorn.Server(
        uvicorn.Config(
            application(engine, Faults(), started),
            host=host,
            port=port,
            http=_Protocol,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=5,
        )
    ).run()
