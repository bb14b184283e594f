"""The real agent of the demo site, in this process: its calls come to the functions and to moto."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from pathlib import Path
from threading import Event
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
from botocore.awsrequest import AWSPreparedRequest, HeadersDict
from moto.core.models import botocore_stubber

from agent.cloud.door import Door
from agent.cloud.jobs import HttpsAnswers
from agent.cloud.lending import Lending
from agent.cloud.objects import S3Incoming
from agent.cloud.pace import Pace
from agent.cloud.packs import S3Packs
from agent.cloud.queue import SqsBell
from agent.cloud.signing import Rented
from agent.config.model import Uploads
from agent.pacs.dicomweb import DicomwebSite
from agent.status.work import WorkBoard
from agent.work.beating import Beating
from agent.work.doing import Doing
from agent.work.filling import Filling
from agent.work.importing import Importing
from agent.work.loop import Loop
from agent.work.ports import Health
from functions.serve_agents.handler import handler as serve_agents
from tests.fakes.world import Killed
from tests.handlers.conftest import CONTEXT, event
from tests.handlers.journey import Journey

BASE: Final = "https://in.drimbox.example/v1/tenants/demo/agents"


@dataclass
class Line:
    """The site's line to the cloud. ``dies_at``: the half of a call, counted from 1, at which the
    agent is killed: before the call has an effect (odd), or before it hears its answer (even).
    """

    dies_at: int = 0
    halves: int = 0
    calls: list[str] = field(default_factory=list)

    def carry(self, name: str, call: Callable[[], httpx.Response]) -> httpx.Response:
        self._half()
        self.calls.append(name)
        answer = call()
        self._half()
        return answer

    def _half(self) -> None:
        self.halves += 1
        if self.halves == self.dies_at:
            raise Killed


@dataclass
class Gateway(httpx.BaseTransport):
    """The host ``in``, whose authorizer has let the agent through."""

    line: Line

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix(urlsplit(BASE).path)
        return self.line.carry(f"{request.method} {path[:6]}", lambda: self._answer(path, request))

    @staticmethod
    def _answer(path: str, request: httpx.Request) -> httpx.Response:
        if path == "/loan":
            facts = event("serve_agents/loan")
        else:
            name = "job" if request.method == "GET" else "answer"
            job = {"tenant": "demo", "job": path.removeprefix("/jobs/")}
            facts = event(f"serve_agents/{name}", pathParameters=job)
        reply = serve_agents({**facts, "body": request.read().decode() or None}, CONTEXT)
        body = reply["body"]
        data = base64.b64decode(body) if reply["isBase64Encoded"] else body.encode()
        return httpx.Response(reply["statusCode"], content=data)


@dataclass
class Aws(httpx.BaseTransport):
    """The queue and the bucket, as moto plays them."""

    line: Line

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        target = request.headers.get("x-amz-target", "").removeprefix("AmazonSQS.")
        name = target or f"{request.method} {'/'.join(sorted(request.url.params))}".strip()
        if "/outgoing/" in request.url.path:
            name = f"{request.method} pack"
        return self.line.carry(name, lambda: self._answer(request))

    @staticmethod
    def _answer(request: httpx.Request) -> httpx.Response:
        headers: Any = HeadersDict(dict(request.headers))
        prepared = AWSPreparedRequest(
            method=request.method,
            url=str(request.url),
            headers=headers,
            body=request.read(),
            stream_output=False,
        )
        answer: Any = botocore_stubber("before-send", prepared)
        return httpx.Response(
            answer.status_code,
            headers=dict(answer.headers),
            stream=httpx.ByteStream(answer.content),
        )


class _Waiting:
    """Seconds that pass by pauses alone."""

    def __init__(self) -> None:
        self._at = 0.0

    def sleep(self, seconds: float) -> None:
        self._at += seconds

    def monotonic(self) -> float:
        return self._at


class _Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class SiteAgent:
    """One life of the agent, on the folder and the PACS of the journey; it does one thing after the
    other."""

    def __init__(
        self,
        journey: Journey,
        line: Line | None = None,
        *,
        pacs: Callable[[httpx.Request], httpx.Response] | None = None,
    ) -> None:
        self.line = line or Line()
        self.said: list[tuple[str, dict[str, Any]]] = []
        self.pacs_answers: list[bool] = []
        clock, folder = _Clock(), journey.folder / "agent"
        http = httpx.Client(transport=httpx.MockTransport(pacs or journey.pacs))
        spool = _made(folder / "spool")
        archive = DicomwebSite(http, "https://pacs.example/dicom-web", spool=spool)
        door = Door(httpx.Client(transport=Gateway(self.line)), BASE)
        lending = Lending(door, clock, "1.0.0")
        rented = Rented(lending, httpx.Client(transport=Aws(self.line)))
        pace = Pace(Uploads(), lambda: time(12))
        incoming = S3Incoming(rented, pace)
        self.filling = Filling(archive, incoming, _made(folder / "bodies"))
        http_of_packs = httpx.Client(transport=Aws(self.line))
        waiting = _Waiting()
        pauses: Any = {"sleep": waiting.sleep, "monotonic": waiting.monotonic}
        importing = Importing(archive, S3Packs(http_of_packs, pace), folder / "bodies", **pauses)
        doing = Doing(
            archive,
            self.filling,
            importing,
            incoming,
            spool,
            pacs_seen=self.pacs_answers.append,
            **pauses,
        )
        self.bodies = folder / "bodies"
        self.bell = SqsBell(rented)
        common: dict[str, Any] = {"stopping": Event(), "served": Event(), "say": self._say}
        self.board = WorkBoard(clock)
        health = _health(clock)
        answers = HttpsAnswers(door, lambda: lending.beat(health))
        self.loop = Loop(self.bell, answers, doing, told=self.board.done, **common)
        self.beating = Beating(lending, lambda: health, clock, board=self.board, **common)

    def _say(self, name: str, **facts: Any) -> None:
        self.said.append((name, facts))

    def work(self) -> int:
        """Beat, then do every job that the queue has; how many."""
        assert self.beating.beat(), self.said
        done = 0
        while (ring := self.bell.ring()) is not None:
            self.loop._answered(ring)
            done += 1
        return done

    def told(self) -> list[str]:
        """The outcomes of the jobs that it has done."""
        return [facts["outcome"] for name, facts in self.said if name == "job done"]


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _health(clock: _Clock) -> Health:
    return Health(clock.now(), None, 0, None, 10**11)
