"""The RIS's own address: it takes the news of its messages, keeps them, and shows them.

``/drimbox/news`` takes an event once, by its ``webhook-id``, and keeps of each message the state
with the highest ``sequence``. ``/`` shows them to a person; ``/_sim/`` is for tests.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any, Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from simulators.fault_queue import BadFault, FaultQueue, is_count, is_seconds
from simulators.ris.signed import NotSigned, verify
from simulators.serving import QUIET

NEWS: Final = "/drimbox/news"
_MOST_BYTES: Final = 256 * 1024
KINDS: Final = {
    "unavailable": "503",
    "refused": "400",
    "redirect": "307 to another host",
    "slow": "204 after `seconds`",
}
_HEAD: Final = (
    '<!doctype html><html lang="fr"><meta charset="utf-8"><title>RIS simulé : nouvelles</title>'
    "<style>body{font:1rem/1.45 system-ui,sans-serif;margin:2rem}table{border-collapse:collapse}"
    "th,td{border:1px solid #c9d0d8;padding:.4rem .7rem;text-align:left}</style>"
    "<h1>Nouvelles reçues de la DRIMbox</h1><table><thead><tr>"
)
_COLUMNS: Final = ("MSH-10", "N°", "État", "Motif", "Manifeste", "Heure")


@dataclass(frozen=True, slots=True)
class Fault:
    """``count`` is how many more requests it strikes, None for ever; ``seconds`` is for ``slow``
    alone."""

    kind: str
    count: int | None = 1
    seconds: float | None = None

    @classmethod
    def read(cls, facts: Any) -> Fault:
        """Check the JSON of ``POST /_sim/faults``. Raises BadFault."""
        if not isinstance(facts, dict) or facts.get("kind") not in KINDS:
            raise BadFault(f"kind is one of {', '.join(KINDS)}")
        if set(facts) - {"kind", "count", "seconds"}:
            raise BadFault("a field that no fault has")
        if not is_count(facts.get("count", 1)):
            raise BadFault("count is a positive integer or null")
        if (facts["kind"] == "slow") is not is_seconds(facts.get("seconds")):
            raise BadFault("seconds is of slow, and of it alone")
        return cls(**facts)

    def describe(self) -> dict[str, Any]:
        """The fault as JSON."""
        return asdict(self)


class Faults(FaultQueue[Fault]):
    """The faults still to come; all requests are of one kind."""

    @staticmethod
    def strikes(fault: Fault, request: str) -> bool:
        """Each fault is for each request."""
        return bool(fault.kind and request)


class Receiver:
    """``secret`` gives the key that the DRIMbox signs with; ``events`` are those that were taken,
    in the order of their arrival, and ``refused`` the reasons for which others were not."""

    def __init__(
        self, secret: Callable[[], str], now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._secret = secret
        self._now = now
        self._seen: set[str] = set()
        self.faults = Faults()
        self.events: list[dict[str, Any]] = []
        self.refused: list[str] = []

    @property
    def states(self) -> dict[str, dict[str, Any]]:
        """The last state of each message, by its `id`: an MSH-10 is of one sender alone."""
        last: dict[str, dict[str, Any]] = {}
        for event in self.events:
            data = event["data"]
            known = last.get(data["id"])
            if known is None or known["sequence"] < data["sequence"]:
                last[data["id"]] = data
        return last

    async def take(self, request: Request) -> Response:
        """One request: 204 once the event is kept, also when it was known; 400 for a stranger."""
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > _MOST_BYTES:
                return Response(status_code=413)
        fault = self.faults.take("news")
        if fault is not None and fault.kind != "slow":
            return _wrong(fault)
        if fault is not None:
            await asyncio.sleep(fault.seconds or 0)
        try:
            name = verify(request.headers, body, self._secret(), self._now())
        except NotSigned as error:
            self.refused.append(str(error))
            return JSONResponse({"error": str(error)}, 400)
        if name not in self._seen:
            self._seen.add(name)
            self.events.append({"id": name, **json.loads(body)})
        return Response(status_code=204)

    async def show(self, _request: Request) -> Response:
        """The last state of each message, as a page."""
        heads = "".join(f'<th scope="col">{escape(one)}</th>' for one in _COLUMNS)
        rows = "".join(map(_row, reversed(self.states.values())))
        return HTMLResponse(f"{_HEAD}{heads}</tr></thead><tbody>{rows}</tbody></table>")

    async def tell(self, request: Request) -> Response:
        """All of it, as JSON; with ``last=N`` no events but the last N."""
        last = request.query_params.get("last", "")
        events = self.events[-int(last) :] if last.isdecimal() and int(last) else self.events
        return JSONResponse({"events": events, "refused": self.refused})

    async def spoil(self, request: Request) -> Response:
        """One more fault, or none any more."""
        if request.method == "DELETE":
            self.faults.clear()
            return Response(status_code=204)
        try:
            fault = Fault.read(json.loads(await request.body()))
        except ValueError as error:
            told = str(error) if isinstance(error, BadFault) else "not JSON"
            return JSONResponse({"error": told}, 400)
        self.faults.add(fault)
        return JSONResponse(fault.describe(), 201)


def _wrong(fault: Fault) -> Response:
    if fault.kind == "redirect":
        return RedirectResponse("https://elsewhere.example/", 307)
    return Response(status_code={"unavailable": 503, "refused": 400}[fault.kind])


def _row(data: dict[str, Any]) -> str:
    studies = data["studies"]
    held = " ".join(one.get("reason", "") for one in studies).strip()
    reasons = held or data.get("ignored", "") or data.get("refusal", {}).get("code", "")
    manifests = " ".join(one["manifest"]["manifest_uid"] for one in studies if one["manifest"])
    cells = (
        *(data["control_id"], str(data["sequence"]), data["state"]),
        *(reasons, manifests, data.get("changed_at", "")),
    )
    return f"<tr>{''.join(f'<td>{escape(one)}</td>' for one in cells)}</tr>"


def make_app(receiver: Receiver) -> Starlette:
    """The ASGI application."""
    return Starlette(
        routes=[
            Route("/", receiver.show),
            Route(NEWS, receiver.take, methods=["POST"]),
            Route("/_sim/news", receiver.tell),
            Route("/_sim/faults", receiver.spoil, methods=["POST", "DELETE"]),
        ]
    )


def serve(port: int, key_file: Path, certificate: Path, key: Path) -> None:
    """Take news on this machine until the process ends; the file may be written later."""
    receiver = Receiver(lambda: key_file.read_text("utf-8").strip())
    uvicorn.run(
        make_app(receiver),
        host="127.0.0.1",
        port=port,
        ssl_certfile=certificate,
        ssl_keyfile=key,
        **QUIET,
    )
