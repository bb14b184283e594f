"""The ways in which a site answers a request for images: one good, all the others bad."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final, Protocol

from starlette.responses import JSONResponse, Response, StreamingResponse

from simulators.peer.images import BOUNDARY, TYPE, Asked, body, changed, framed, objects

GIGABYTE: Final = 1_000_000_000
_CHUNK: Final = bytes(1_000_000)
ELSEWHERE: Final = "https://elsewhere.example/"
# Another person, as one finds in a PACS: same UIDs, other traits.
STRANGER: Final = {
    "PatientName": "AUTRE^PERSONNE",
    "PatientID": "AUTRE1",
    "PatientBirthDate": "19510203",
    "PatientSex": "M",
}


class Connection(Protocol):
    """The way back to the caller, as asyncio's transport has it."""

    def abort(self) -> None:
        """Drop the connection at once."""

    def get_write_buffer_size(self) -> int:
        """The bytes that are still to be sent."""


@dataclass(frozen=True, slots=True)
class Play:
    """One request for images: the UIDs, the files that there are, the way to answer.

    ``after``: bytes before a cut. ``seconds``: how long a silence lasts, or when to come again.
    """

    asked: Asked
    files: Path | None
    connection: Connection | None
    after: int
    seconds: float

    def objects(self) -> Iterator[bytes]:
        """The objects of the good answer."""
        return objects(self.asked, self.files)

    async def drop(self) -> None:
        """End the connection once all that was written is sent."""
        if self.connection is not None:
            while self.connection.get_write_buffer_size():
                await asyncio.sleep(0.01)
            self.connection.abort()
            # The server learns it a moment later, and then writes nothing more.
            await asyncio.sleep(0.1)


def _stream(content: AsyncIterator[bytes], kind: str = TYPE, **headers: str) -> Response:
    return StreamingResponse(content, media_type=kind, headers=headers)


async def good(play: Play) -> Response:
    """All that was asked for."""
    return _stream(body(play.objects()))


def _with(**attributes: str) -> Callable[[Play], Awaitable[Response]]:
    async def altered(play: Play) -> Response:
        return _stream(body(changed(one, **attributes) for one in play.objects()))

    return altered


def _status(number: int, *, comes_again: bool = False) -> Callable[[Play], Awaitable[Response]]:
    async def refused(play: Play) -> Response:
        headers = {"Retry-After": str(int(play.seconds))} if comes_again else {}
        return JSONResponse({"status": number}, number, headers)

    return refused


async def _garbage(_: Play) -> Response:
    return Response(os.urandom(50_000), media_type=TYPE)


async def _garbage_objects(play: Play) -> Response:
    return _stream(body(os.urandom(len(one)) for one in play.objects()))


async def _endless(play: Play) -> Response:
    async def stream() -> AsyncIterator[bytes]:
        yield framed(next(play.objects()))
        for _ in range(10 * GIGABYTE // len(_CHUNK)):
            yield _CHUNK

    return _stream(stream())


async def _many(play: Play) -> Response:
    """Ten gigabytes again, of well-formed objects that nobody asked for."""

    def parts() -> Iterator[bytes]:
        first = next(play.objects())
        for number in range(10 * GIGABYTE // len(first)):
            yield changed(first, SOPInstanceUID=f"2.25.{number + 1}")

    return _stream(body(parts()))


async def _trickle(play: Play) -> Response:
    async def stream() -> AsyncIterator[bytes]:
        for one in play.objects():
            for byte in framed(one):
                yield bytes((byte,))
                await asyncio.sleep(1)

    return _stream(stream())


async def _redirect(_: Play) -> Response:
    return Response(status_code=302, headers={"Location": ELSEWHERE})


async def _half(play: Play) -> Response:
    """HTTP ends well; the multipart body ends in the middle of its second object."""

    async def stream() -> AsyncIterator[bytes]:
        for number, one in enumerate(islice(play.objects(), 2)):
            whole = framed(one)
            yield whole if not number else whole[: len(whole) // 2]

    return _stream(stream())


async def _missing(play: Play) -> Response:
    """A well-formed answer without its last object."""

    def parts() -> Iterator[bytes]:
        former: bytes | None = None
        for one in play.objects():
            if former is not None:
                yield former
            former = one

    return _stream(body(parts()))


async def _cut(play: Play) -> Response:
    async def stream() -> AsyncIterator[bytes]:
        left = play.after
        async for chunk in body(play.objects()):
            yield chunk[:left]
            left -= len(chunk)
            if left <= 0:
                break
        await play.drop()

    # A length that is never reached: an answer cut short is seen as such.
    return _stream(stream(), **{"Content-Length": str(100 * GIGABYTE)})


async def _stall(play: Play) -> Response:
    async def stream() -> AsyncIterator[bytes]:
        yield framed(next(play.objects()))
        await asyncio.sleep(play.seconds)
        await play.drop()

    return _stream(stream(), **{"Content-Length": str(100 * GIGABYTE)})


async def _silent(play: Play) -> Response:
    await asyncio.sleep(play.seconds)
    return Response(status_code=504)


async def _boundary(play: Play) -> Response:
    return _stream(body(play.objects()), TYPE.replace(BOUNDARY, "another-boundary"))


async def _content_type(play: Play) -> Response:
    return _stream(body(play.objects()), "text/html")


PLAYS: Final[Mapping[str, Callable[[Play], Awaitable[Response]]]] = {
    "good": good,
    "other_patient": _with(**STRANGER),
    "other_study": _with(StudyInstanceUID="2.25.1001"),
    "other_series": _with(SeriesInstanceUID="2.25.1002"),
    "other_instance": _with(SOPInstanceUID="2.25.1003"),
    "garbage": _garbage,
    "garbage_objects": _garbage_objects,
    "endless": _endless,
    "many": _many,
    "trickle": _trickle,
    "redirect": _redirect,
    "half": _half,
    "missing": _missing,
    "cut": _cut,
    "stall": _stall,
    "silent": _silent,
    "not_found": _status(404),
    "gone": _status(410),
    "unauthorized": _status(401),
    "forbidden": _status(403),
    "unavailable": _status(503, comes_again=True),
    "boundary": _boundary,
    "content_type": _content_type,
}


@dataclass(slots=True)
class Told:
    """How a site was told to answer for images; ``count`` requests long, None for ever."""

    kind: str
    after: int = 1000
    seconds: float = 60.0
    count: int | None = None


class WrongWish(ValueError):
    """A wish that cannot be understood; the message names the field."""


_LIMITS: Final = {"after": 10 * GIGABYTE, "seconds": 600, "count": 10_000}


def read_wish(facts: Mapping[str, Any]) -> Told:
    """The wish of a JSON object: ``images`` names the play. WrongWish says which field is wrong."""
    kind = facts.get("images")
    if not isinstance(kind, str) or kind not in PLAYS:
        raise WrongWish(f"images is one of {', '.join(PLAYS)}")
    numbers = {name: facts[name] for name in _LIMITS if name in facts}
    for name, number in numbers.items():
        if type(number) is not int or not 1 <= number <= _LIMITS[name]:
            raise WrongWish(f"{name} is a number from 1 to {_LIMITS[name]}")
    return Told(kind, **numbers)
