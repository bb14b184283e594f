"""Faults on demand, in front of either engine: down, slow, or an answer cut half-way."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

OPERATIONS: Final = ("qido", "wado", "metadata", "stow")
_DEFAULT: Final = {"down": OPERATIONS, "delay": OPERATIONS, "cut": ("wado",)}
_MAX_SECONDS: Final = 600.0


class FaultError(ValueError):
    """A fault that cannot be understood; the message names the field."""


@dataclass(frozen=True, slots=True)
class Fault:
    """``kind``: "down" (``mode`` "503", or "close" to drop the connection), "delay" (``seconds``
    before anything is done) or "cut" (half of the body, then the connection is dropped).
    ``operations`` it strikes; ``count`` requests it lasts, None for ever."""

    kind: str
    operations: tuple[str, ...]
    seconds: float = 0.0
    mode: str = "503"
    count: int | None = None


def read_fault(body: bytes) -> Fault:
    """A fault from its JSON. FaultError for an unknown field, kind, operation or value."""
    try:
        facts = json.loads(body)
    except ValueError as error:
        raise FaultError("body") from error
    if not isinstance(facts, dict) or set(facts) - {
        "kind",
        "operations",
        "seconds",
        "mode",
        "count",
    }:
        raise FaultError("fields")
    kind = facts.get("kind")
    if not isinstance(kind, str) or kind not in _DEFAULT:
        raise FaultError("kind")
    fault = Fault(
        kind=kind,
        operations=_operations(facts.get("operations", list(_DEFAULT[kind]))),
        seconds=_number(facts.get("seconds", 0)),
        mode=facts.get("mode", "503"),
        count=facts.get("count"),
    )
    if fault.mode not in ("503", "close"):
        raise FaultError("mode")
    if fault.count is not None and (type(fault.count) is not int or fault.count < 1):
        raise FaultError("count")
    return fault


def _operations(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or any(o not in OPERATIONS for o in value):
        raise FaultError("operations")
    return tuple(value)


def _number(value: Any) -> float:
    if type(value) not in (int, float) or not 0 <= value <= _MAX_SECONDS:
        raise FaultError("seconds")
    return float(value)


@dataclass(slots=True)
class Faults:
    """The faults now in force, and how many requests of each operation were seen."""

    active: list[Fault] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)

    def strike(self, operation: str) -> list[Fault]:
        """The faults that this request meets; each counts down and goes when it is used up."""
        self.seen[operation] += 1
        struck = [fault for fault in self.active if operation in fault.operations]
        for fault in struck:
            if fault.count is not None:
                self.active.remove(fault)
                if fault.count > 1:
                    self.active.append(replace(fault, count=fault.count - 1))
        return struck

    def state(self) -> list[dict[str, Any]]:
        """The faults in force, as JSON."""
        return [asdict(fault) for fault in self.active]


def operation_of(method: str, path: str) -> str:
    """Which service a DICOMweb path asks (PS3.18 table 10.3-1): odd paths are searches."""
    if method == "POST":
        return "stow"
    segments = path.strip("/").split("/")
    if segments[-1] == "metadata":
        return "metadata"
    return "qido" if len(segments) % 2 else "wado"


@dataclass(slots=True)
class FaultyApp:
    """An ASGI application that meets ``faults`` before ``app``.

    The server must put its transport in ``scope["state"]["transport"]``, for a connection can
    only be dropped there.
    """

    app: ASGIApp
    faults: Faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, with the faults that strike it."""
        # A mounted application sees its mount point in root_path and the whole path in path.
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        struck = {f.kind: f for f in self.faults.strike(operation_of(scope["method"], path))}
        if "delay" in struck:
            await asyncio.sleep(struck["delay"].seconds)
        if "down" not in struck:
            if "cut" in struck:
                send = _Cutter(send, scope["state"]["transport"])
            await self.app(scope, receive, send)
        elif struck["down"].mode == "close":
            scope["state"]["transport"].abort()
            while (await receive())["type"] != "http.disconnect":
                pass
        else:
            await send(
                {
                    "type": "http.response.start",
                    "status": 503,
                    "headers": [(b"content-length", b"0"), (b"connection", b"close")],
                }
            )
            await send({"type": "http.response.body", "body": b""})


class _Cutter:
    """Lets half of a body through (half of its first chunk when the length is unknown)."""

    def __init__(self, send: Send, transport: asyncio.Transport) -> None:
        self._send = send
        self._transport = transport
        self._left: int | None = None
        self._cut = False

    async def __call__(self, message: Message) -> None:
        if self._cut:
            return
        if message["type"] == "http.response.start":
            lengths = [int(v) for k, v in message["headers"] if k.lower() == b"content-length"]
            self._left = lengths[0] // 2 if lengths else None
            await self._send(message)
            return
        body = message.get("body", b"")
        if self._left is None and body:
            self._left = len(body) // 2
        if self._left is not None and len(body) >= self._left:
            await self._send({**message, "body": body[: self._left], "more_body": True})
            self._cut = True
            self._transport.close()
        else:
            self._left = None if self._left is None else self._left - len(body)
            await self._send(message)
