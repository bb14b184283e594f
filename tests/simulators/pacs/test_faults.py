"""The faults as an ASGI application, in process: answers that pass, are cut or are dropped."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from simulators.pacs.faults import Fault, Faults, FaultyApp, read_fault


class Transport:
    """Remembers how it was ended."""

    def __init__(self) -> None:
        self.ended: list[str] = []

    def close(self) -> None:
        self.ended.append("close")

    def abort(self) -> None:
        self.ended.append("abort")


def _serve(
    fault: Fault | None, chunks: list[bytes], *, length: bool, path: str = "/studies/1.2"
) -> tuple[list[Message], Transport]:
    """The answer to one GET, and its transport, when the application sends ``chunks``."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"Content-Length", b"%d" % sum(map(len, chunks)))] if length else []
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for chunk in chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body"})

    sent: list[Message] = []
    transport = Transport()

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "path": f"/dicom-web{path}",
        "root_path": "/dicom-web",
        "state": {"transport": transport},
    }
    faults = Faults([fault] if fault else [])
    asyncio.run(FaultyApp(app, faults)(scope, receive, send))
    return sent, transport


def _body(sent: list[Message]) -> bytes:
    return b"".join(message.get("body", b"") for message in sent)


CUT = read_fault(b'{"kind": "cut"}')
CHUNKS = [b"aaaa", b"", b"bbbb", b"cc"]


def test_without_fault_everything_passes() -> None:
    sent, transport = _serve(None, CHUNKS, length=True)

    assert _body(sent) == b"aaaabbbbcc"
    assert sent[-1] == {"type": "http.response.body"}
    assert transport.ended == []


def test_half_of_a_known_length_passes() -> None:
    sent, transport = _serve(CUT, CHUNKS, length=True)

    assert _body(sent) == b"aaaab"
    assert all(message.get("more_body", True) for message in sent)
    assert transport.ended == ["close"]


def test_half_of_the_first_chunk_passes_when_the_length_is_unknown() -> None:
    sent, transport = _serve(CUT, [b"", *CHUNKS], length=False)

    assert _body(sent) == b"aa"
    assert transport.ended == ["close"]


def test_an_empty_answer_has_nothing_to_cut() -> None:
    sent, transport = _serve(CUT, [], length=False)

    assert sent[-1] == {"type": "http.response.body"}
    assert transport.ended == []


def test_a_search_is_not_cut_unless_asked() -> None:
    everything = read_fault(b'{"kind": "cut", "operations": ["qido"]}')

    assert _body(_serve(CUT, CHUNKS, length=True, path="/studies")[0]) == b"aaaabbbbcc"
    assert _body(_serve(everything, CHUNKS, length=True, path="/studies")[0]) == b"aaaab"


@pytest.mark.parametrize(("mode", "ended"), [("503", []), ("close", ["abort"])])
def test_down_never_reaches_the_application(mode: str, ended: list[str]) -> None:
    fault = read_fault(f'{{"kind": "down", "mode": "{mode}"}}'.encode())
    sent, transport = _serve(fault, CHUNKS, length=True)

    assert _body(sent) == b""
    assert [m.get("status") for m in sent[:1]] == ([503] if mode == "503" else [])
    assert transport.ended == ended


def test_a_counted_fault_goes_when_it_is_used_up() -> None:
    faults = Faults([read_fault(b'{"kind": "delay", "seconds": 0.001, "count": 2}')])

    assert len(faults.strike("wado")) == 1
    assert faults.state()[0]["count"] == 1
    assert len(faults.strike("qido")) == 1
    assert faults.strike("wado") == []
    assert faults.seen == {"wado": 2, "qido": 1}
