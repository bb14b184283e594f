"""The streamer: studies joined, everything else passed on, and nothing that looks whole and is
not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, MutableMapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from front.streamer import Storage, Streamer
from functions.drimbox.images import joining
from functions.drimbox.images.joining import Joined, JoinedObject, JoinedSeries
from functions.drimbox.images.multipart import Item, boundary_of, lay_out, read_parts

STUDY: Final = "/tenants/one/dicomweb/studies/1.2.3"
LITTLE: Final = "1.2.840.10008.1.2.1"
BASE: Final = "https://bucket.s3.example"
OBJECTS: Final = ((b"a" * 70_000, b"b" * 10), (b"c" * 5,), (b"d" * 100, b"e", b"f" * 9_000))
SCOPE: Final = {"type": "http", "raw_path": STUDY.encode(), "query_string": b"a=%20"}
Headers = Sequence[tuple[bytes, bytes]]


def series_of(number: int, objects: tuple[bytes, ...]) -> tuple[JoinedSeries, bytes]:
    layout = lay_out(f"of-{number}", [Item(len(one), LITTLE) for one in objects])
    body = b"".join(h + one for h, one in zip(layout.heads, objects, strict=True)) + layout.tail
    places = zip(layout.offsets, objects, strict=True)
    named = tuple(JoinedObject(offset, len(one), LITTLE) for offset, one in places)
    return JoinedSeries(f"{BASE}/body-{number}?signed=1", named), body


class Broken(httpx.AsyncByteStream):
    """A body that ends after ``most`` bytes with an error of the line."""

    def __init__(self, data: bytes, most: int, step: int = 4096) -> None:
        self._data, self._most, self._step = data, most, step

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for at in range(0, min(self._most, len(self._data)), self._step):
            yield self._data[at : min(at + self._step, self._most)]
        if self._most < len(self._data):
            raise httpx.ReadError("the line is cut")


@dataclass(frozen=True)
class Answer:
    """An answer of the streamer; ``whole``: it came to its end."""

    status_code: int
    headers: httpx.Headers
    content: bytes
    whole: bool

    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.content)
        return found


@dataclass
class Stage:
    """The API and the storage behind the streamer, and all that they were asked."""

    bodies: dict[str, bytes] = field(default_factory=dict)
    named: bytes = b""
    # Bytes after which each answer of the storage breaks, one after the other.
    cuts: list[int] = field(default_factory=list)
    # Statuses of the storage, one after the other; 206 where there is none left.
    statuses: list[int] = field(default_factory=list)
    api_answers: list[httpx.Response] = field(default_factory=list)
    asked: list[httpx.Request] = field(default_factory=list)
    read: list[httpx.Request] = field(default_factory=list)

    def api(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if self.api_answers:
            return self.api_answers.pop(0)
        told = {"Content-Type": joining.MEDIA, "Cache-Control": "no-store", "X-Own": "kept"}
        return httpx.Response(200, headers=told, content=self.named)

    def storage(self, request: httpx.Request) -> httpx.Response:
        self.read.append(request)
        status = self.statuses.pop(0) if self.statuses else 206
        if status != 206:
            return httpx.Response(status, content=b"<Error>")
        first, _, last = request.headers["Range"].removeprefix("bytes=").partition("-")
        data = self.bodies[request.url.path][int(first) : int(last) + 1]
        most = self.cuts.pop(0) if self.cuts else len(data)
        return httpx.Response(206, headers={"ETag": '"v"'}, stream=Broken(data, most))

    def streamer(self, most: int = 10) -> Streamer:
        api = httpx.AsyncClient(transport=httpx.MockTransport(self.api))
        client = httpx.AsyncClient(transport=httpx.MockTransport(self.storage))
        return Streamer(api, Storage(client, (BASE,)), most=most)

    def ask(
        self, method: str = "GET", streamer: Streamer | None = None, headers: Headers = ()
    ) -> Answer:
        """The streamer's answer to one request; ``whole`` is whether it ended what it began."""
        sent: list[MutableMapping[str, Any]] = []
        scope = {**SCOPE, "method": method, "headers": list(headers)}

        async def receive() -> MutableMapping[str, Any]:
            await asyncio.Event().wait()
            raise AssertionError

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        asyncio.run((streamer or self.streamer())(scope, receive, send))
        start, *bodies = sent
        return Answer(
            start["status"],
            httpx.Headers(start["headers"]),
            b"".join(one["body"] for one in bodies),
            whole=not bodies[-1]["more_body"],
        )


@pytest.fixture
def stage() -> Stage:
    made = [series_of(number, objects) for number, objects in enumerate(OBJECTS)]
    joined = Joined("of-the-study", [one for one, _ in made])
    bodies = {f"/body-{number}": body for number, (_, body) in enumerate(made)}
    return Stage(bodies=bodies, named=joined.encode())


def objects_of(answer: Answer, folder: Path) -> list[bytes]:
    assert answer.whole
    assert answer.headers["Content-Length"] == str(len(answer.content))
    boundary = boundary_of(answer.headers["Content-Type"])
    return [one.path.read_bytes() for one in read_parts([answer.content], boundary, folder)]


ALL: Final = [one for objects in OBJECTS for one in objects]


def test_a_study_is_one_answer(stage: Stage, tmp_path: Path) -> None:
    answer = stage.ask(headers=[(b"authorization", b"Bearer t")])
    assert answer.status_code == 200
    assert objects_of(answer, tmp_path) == ALL
    assert (answer.headers["X-Own"], answer.headers["Cache-Control"]) == ("kept", "no-store")
    (asked,) = stage.asked
    assert (asked.method, asked.url.path) == ("GET", STUDY)
    assert (asked.headers[joining.HEADER], asked.headers["Authorization"]) == ("GET", "Bearer t")
    # Each series is read once, from its first object to its last one, and no token goes there.
    assert [one.url.path for one in stage.read] == ["/body-0", "/body-1", "/body-2"]
    assert all("Authorization" not in one.headers for one in stage.read)


def test_a_head_tells_type_and_length_and_reads_nothing(stage: Stage) -> None:
    whole, head = stage.ask(), stage.ask("HEAD")
    assert (head.status_code, head.content) == (200, b"")
    for name in ("Content-Length", "Content-Type"):
        assert head.headers[name] == whole.headers[name]
    assert (stage.asked[-1].method, stage.asked[-1].headers[joining.HEADER]) == ("GET", "HEAD")
    assert len(stage.read) == 3


@pytest.mark.parametrize("status", [200, 307, 400, 401, 403, 404, 406, 413, 503])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_any_other_answer_goes_on_as_it_is(stage: Stage, status: int, method: str) -> None:
    told = [("Content-Type", "a/b"), ("X-Two", "1"), ("X-Two", "2"), ("Content-Encoding", "gzip")]
    packed = b"\x1f\x8bnot read"
    stage.api_answers.append(httpx.Response(status, headers=told, stream=Broken(packed, 99)))
    headers = [(b"accept", b"a/b"), (b"accept", b"c/d"), (b"connection", b"close")]
    answer = stage.ask(method, headers=headers)
    assert (answer.status_code, answer.whole) == (status, True)
    assert answer.headers.get_list("X-Two") == ["1", "2"]
    assert answer.content == (b"" if method == "HEAD" else packed)
    assert stage.read == []
    (asked,) = stage.asked
    assert asked.url.raw_path == STUDY.encode() + b"?a=%20"
    # The headers of the caller, and no others that a client likes to add.
    assert [value for name, value in asked.headers.multi_items() if name == "accept"] == [
        "a/b",
        "c/d",
    ]
    assert set(asked.headers) == {"host", "accept", joining.HEADER.lower()}


@pytest.mark.parametrize("cuts", [[0], [1], [69_999], [70_000], [70_050, 3], [10, 10, 10]])
def test_a_line_that_breaks_is_taken_up_where_it_broke(
    stage: Stage, tmp_path: Path, cuts: list[int]
) -> None:
    stage.cuts = list(cuts)
    assert objects_of(stage.ask(), tmp_path) == ALL
    for one in stage.read[1 : 1 + len(cuts)]:
        if one.url.path == "/body-0":
            assert "If-Match" in one.headers


@pytest.mark.parametrize("status", [200, 403, 404, 412, 500, 503])
def test_an_address_that_ended_is_asked_for_anew(stage: Stage, tmp_path: Path, status: int) -> None:
    stage.statuses = [206, status]
    answer = stage.ask("GET")
    assert objects_of(answer, tmp_path) == ALL
    assert len(stage.asked) == 2


def test_a_storage_that_never_answers_is_a_reason_to_ask_again(stage: Stage) -> None:
    stage.statuses = [503] * 99
    answer = stage.ask()
    assert (answer.status_code, answer.json()["code"]) == (503, "storage_unavailable")
    assert answer.headers["Retry-After"] == "5"
    assert len(stage.read) == 4


def test_an_answer_that_cannot_be_ended_is_no_whole_one(stage: Stage) -> None:
    stage.statuses = [206] + [503] * 99
    answer = stage.ask()
    assert answer.status_code == 200
    assert len(answer.content) < int(answer.headers["Content-Length"])
    assert not answer.whole


def test_a_study_that_changed_meanwhile_is_not_mixed(stage: Stage) -> None:
    first, _ = series_of(0, OBJECTS[0])
    other = Joined("of-the-study", [first]).encode()
    told = {"Content-Type": joining.MEDIA}
    stage.api_answers = [
        httpx.Response(200, headers=told, content=stage.named),
        httpx.Response(200, headers=told, content=other),
    ]
    stage.statuses = [206, 403]
    answer = stage.ask()
    assert len(answer.content) < int(answer.headers["Content-Length"])
    assert not answer.whole


def test_a_token_that_ended_meanwhile_ends_the_answer(stage: Stage) -> None:
    told = {"Content-Type": joining.MEDIA}
    stage.api_answers = [
        httpx.Response(200, headers=told, content=stage.named),
        httpx.Response(401, headers={"Content-Type": "a/b"}),
    ]
    stage.statuses = [403]
    assert stage.ask().status_code == 503


@pytest.mark.parametrize(
    "source",
    [
        "https://evil.example/body-0",
        f"{BASE}.evil.example/body-0",
        f"{BASE}@evil.example/body-0",
        "http://bucket.s3.example/body-0",
        "/body-0",
    ],
)
def test_nothing_is_read_from_elsewhere(stage: Stage, source: str) -> None:
    series, _ = series_of(0, OBJECTS[0])
    stage.named = Joined("b", [JoinedSeries(source, series.objects)]).encode()
    answer = stage.ask()
    assert (answer.status_code, answer.json()["code"]) == (502, "internal_error")
    assert stage.read == []


@pytest.mark.parametrize("named", [b"", b"[]", b"{}", b"x" * (9 << 20)])
def test_an_api_that_names_no_series_is_a_fault(stage: Stage, named: bytes) -> None:
    stage.named = named
    assert stage.ask().status_code == 502


def test_an_api_that_is_not_reached_is_told(stage: Stage) -> None:
    def away(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody")

    stage.api = away  # type: ignore[method-assign,assignment]
    answer = stage.ask()
    assert (answer.status_code, answer.json()["title_en"]) == (502, "Internal error")


def test_no_more_answers_at_a_time_than_the_streamer_bears(stage: Stage, tmp_path: Path) -> None:
    full = stage.ask("GET", stage.streamer(most=0))
    assert (full.status_code, full.headers["Retry-After"]) == (503, "5")
    once = stage.streamer(most=1)
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        assert objects_of(stage.ask("GET", once), tmp_path / folder) == ALL


def test_a_caller_that_is_gone_ends_the_reading(stage: Stage) -> None:
    sent: list[MutableMapping[str, Any]] = []
    gone = asyncio.Event()
    scope = {**SCOPE, "method": "GET", "headers": []}

    async def receive() -> MutableMapping[str, Any]:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)
        gone.set()
        await asyncio.sleep(0.01)

    asyncio.run(stage.streamer()(scope, receive, send))
    assert sent[0]["status"] == 200
    assert len(stage.read) == 1
    assert all(one.get("more_body", True) for one in sent[1:])


def test_another_protocol_is_none_of_ours(stage: Stage) -> None:
    async def never(*_: Any) -> Any:
        raise AssertionError

    asyncio.run(stage.streamer()({"type": "websocket"}, never, never))


def test_a_problem_is_one_of_the_gateway(stage: Stage) -> None:
    stage.named = b""
    assert set(stage.ask().json()) == {"type", "status", "code", "title", "title_en"}
