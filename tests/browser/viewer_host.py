"""A host of the viewer's page and a bucket of images, both on loopback, for the viewer alone.

The page, the files and the documents are made by the product; the exams are in memory.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from functions.drimbox.images.display import Placed, display_of, first_frame, series_document
from functions.drimbox.images.explicit import prepare
from functions.drimbox.images.part10 import read_facts
from functions.drimbox.pages.kit.layout import Layout, Visitor
from functions.drimbox.pages.reading.area import READING
from functions.drimbox.pages.reading.viewer_page import (
    Build,
    ViewerPlace,
    viewer_headers,
    viewer_page,
)
from functions.drimbox.pages.reading.viewer_words import CONTENT_TYPE, find_words
from functions.drimbox.reading.exam_states import exam_states
from functions.drimbox.wording.text import Language
from tests.drimbox.consultation.readers import CALL

BUILT: Final = Path(__file__).parents[2] / "web" / "viewer" / "built"
PAGE: Final = "p" * 43
BASE: Final = f"/v1/tenants/site/reading/{PAGE}"
WORKER_POLICY: Final = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"
)
REPORT: Final = "<!doctype html><html lang=fr><title>CR</title><h1>Compte rendu {number}</h1>"


@dataclass
class SeriesOfHost:
    """One series: its prepared objects, one behind the other, as a bucket's object has them.

    Another ``edition`` is another object of the bucket.
    """

    uid: str
    placed: list[Placed] = field(default_factory=list)
    data: bytes = b""
    keys: tuple[tuple[str, int | None], ...] = ()
    edition: int = 1
    # Objects that its manifest names; 0: as many as are there.
    awaited: int = 0

    @property
    def name(self) -> str:
        return f"{self.uid}-{self.edition}"

    def add(self, raw: bytes, folder: Path) -> None:
        """One more Part 10 file."""
        path = folder / "object"
        path.write_bytes(raw)
        facts, frames = prepare(path, read_facts(path))
        data = path.read_bytes()
        self.placed.append(Placed(display_of(data, facts), 0, len(self.data), frames))
        self.data += data

    def document(self, url: str) -> dict[str, Any]:
        told = series_document(self.uid, self.placed, self.keys)
        if self.awaited:
            told |= {"awaited": self.awaited, "have": len(self.placed), "state": "gone"}
        return {**told, "objects": [{"url": url, "until": "2026-11-29T12:00:00Z"}]}


@dataclass
class ExamOfHost:
    """One exam as the list names it."""

    n: int
    date: str
    series: list[SeriesOfHost]
    act: str = "Scanner thoracique"
    site: str = "CHU d'Essai"
    report: tuple[int, ...] = ()
    state: str = "whole"
    identity: str = "agrees"
    identities: dict[str, str] = field(default_factory=dict)
    inline: bool = True
    imports: bool = False


@dataclass
class Host:
    """The two servers. ``expired``: so many ranges get 403; ``life``: so do those of an address
    that is older than these seconds, and ``late`` counts them; ``pause``: seconds that each range
    takes; ``ended``: the session is over, with this status; ranges wait for ``gate``, and ``held``
    counts them; ``slow``: so do the pages' documents; ``unattended``: whether each look said that
    nobody acts."""

    exams: dict[int, ExamOfHost] = field(default_factory=dict)
    opened: tuple[int, ...] = ()
    language: Language = "fr"
    expired: int = 0
    life: float = float("inf")
    late: int = 0
    pause: float = 0.0
    ended: int = 0
    gate: threading.Event | None = None
    held: int = 0
    slow: threading.Event | None = None
    unattended: list[bool] = field(default_factory=list)
    ranges: list[tuple[str, int]] = field(default_factory=list)
    forms: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    policy_reports: list[str] = field(default_factory=list)
    page_origin: str = ""
    bucket_origin: str = ""
    signed: int = 0
    born: dict[str, float] = field(default_factory=dict)

    def reset(self) -> None:
        """As new, at the same addresses."""
        fresh = Host(page_origin=self.page_origin, bucket_origin=self.bucket_origin)
        for name in self.__dataclass_fields__:
            setattr(self, name, getattr(fresh, name))

    def _refused(self, address: str) -> bool:
        """Whether a range gets 403: the address is too old, or one of those that expired."""
        if time.monotonic() > self.born.get(address, float("inf")) + self.life:
            self.late += 1
            return True
        if self.expired:
            self.expired -= 1
            return True
        return False

    def document(self, numbers: Sequence[int], *, first: bool) -> dict[str, Any]:
        """The document of these exams; each time with other addresses."""
        self.signed += 1
        self.born[str(self.signed)] = time.monotonic()
        return {"exams": [self._exam(self.exams[n], first=first) for n in numbers]}

    def _exam(self, exam: ExamOfHost, *, first: bool) -> dict[str, Any]:
        series = [
            one.document(f"{self.bucket_origin}/{exam.n}/{one.name}?signed={self.signed}")
            for one in exam.series
        ]
        told: dict[str, Any] = {
            name: getattr(exam, name)
            for name in ("n", "date", "act", "site", "state", "identity", "identities")
        }
        told |= {"report": list(exam.report), "series": series, "import": exam.imports}
        told["states"] = exam_states([one.placed for one in exam.series])
        at = next((at for at, one in enumerate(series) if one["frames"]), None)
        if at is not None and first and exam.inline:
            frame = first_frame(series[at])
            _, offset, size = series[at]["frames"][frame]
            data = exam.series[at].data[offset : offset + size]
            told["first"] = {
                "series": at,
                "frame": frame,
                "bytes": base64.b64encode(data).decode(),
            }
        return told

    def page(self, _: Request) -> Response:
        manifest = json.loads((BUILT / "manifest.json").read_text())
        layout = Layout(
            READING, "site", "Clinique", self.language, Visitor("Dr ESSAI", "jeton"), f"/{PAGE}"
        )
        build = Build(f"/assets/{manifest['script']}", f"/assets/{manifest['sheet']}")
        body = viewer_page(layout, CALL, ViewerPlace(PAGE, "edition", self.opened), build)
        headers = viewer_headers([self.bucket_origin])
        headers["Content-Security-Policy"] += f"; report-uri {self.page_origin}/policy"
        return Response(body, media_type="text/html", headers=headers)

    def asset(self, request: Request) -> Response:
        name = request.path_params["file"]
        if words := find_words(name):
            return Response(words.content, media_type=CONTENT_TYPE)
        known = json.loads((BUILT / "manifest.json").read_text())["files"].get(name)
        if known is None:
            return Response(status_code=404)
        body = gzip.decompress((BUILT / f"{name}.gz").read_bytes())
        headers = {
            "Content-Type": known["type"],
            "Cache-Control": "public, max-age=31536000, immutable",
        }
        if name.endswith(".js"):
            headers["Content-Security-Policy"] = WORKER_POLICY
        return Response(body, headers=headers)

    async def ask(self, request: Request) -> Response:
        form = {name: given[0] for name, given in parse_qs((await request.body()).decode()).items()}
        self.forms.append((request.url.path, form))
        if self.ended:
            return Response(status_code=self.ended)
        if request.url.path.endswith("/import"):
            # The page of the import would leave the viewer: this answer lets the tab stay.
            return Response(status_code=204)
        if request.url.path.endswith("/report"):
            body = REPORT.format(number=form["number"])
            return Response(body, media_type="text/html")
        numbers = [int(one) for one in form["exams"].split()]
        if request.url.path.endswith("/progress"):
            self.unattended.append("X-Unattended" in request.headers)
        if self.slow is not None:
            await run_in_threadpool(self.slow.wait, 30)
        return JSONResponse(self.document(numbers, first=form["verb"] == "open"))

    async def policy(self, request: Request) -> Response:
        self.policy_reports.append((await request.body()).decode())
        return Response(status_code=204)

    def bytes(self, request: Request) -> Response:
        exam, name = request.path_params["exam"], request.path_params["series"]
        headers = {
            "Access-Control-Allow-Origin": self.page_origin,
            "Access-Control-Expose-Headers": "Content-Range, ETag",
        }
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", request.headers.get("Range", ""))
        if self.gate is not None:
            self.held += 1
            self.gate.wait(30)
        if self._refused(request.query_params.get("signed", "")):
            return Response(status_code=403, headers=headers)
        if asked is None:
            return Response(status_code=416, headers=headers)
        known = self.exams[exam].series if exam in self.exams else []
        data = next((one.data for one in known if one.name == name), None)
        time.sleep(self.pause)
        if data is None:
            return Response(status_code=404, headers=headers)
        start, end = int(asked[1]), int(asked[2])
        self.ranges.append((f"{exam}/{name}", end + 1 - start))
        headers["ETag"] = f'"{hashlib.sha256(data).hexdigest()}"'
        return Response(data[start : end + 1], 206, headers=headers)


def serve(app: Starlette) -> tuple[uvicorn.Server, threading.Thread, socket.socket]:
    """``app`` on a free port of the loopback interface, in a thread."""
    made = socket.socket()
    made.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [made]}, daemon=True)
    thread.start()
    return server, thread, made


def pages_of(host: Host) -> Starlette:
    """The host of the pages."""
    return Starlette(
        routes=[
            Route("/viewer", host.page),
            Route("/favicon.ico", lambda _: Response(status_code=204)),
            Route("/assets/{file}", host.asset),
            Route("/policy", host.policy, methods=["POST"]),
            *(
                Route(f"{BASE}/{one}", host.ask, methods=["POST"])
                for one in ("open", "progress", "report", "import")
            ),
        ]
    )


@contextmanager
def serving(host: Host) -> Iterator[Host]:
    """Both servers, until the block ends."""
    bucket = Starlette(routes=[Route("/{exam:int}/{series}", host.bytes)])
    running = [serve(pages_of(host)), serve(bucket)]
    host.page_origin, host.bucket_origin = (
        f"http://127.0.0.1:{made.getsockname()[1]}" for _, _, made in running
    )
    try:
        yield host
    finally:
        for server, thread, made in running:
            server.should_exit = True
            thread.join(10)
            made.close()
