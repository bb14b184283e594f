"""multipart/related bodies (RFC 2387, PS3.18 8.6.1.2.1): written with every length known in
advance, and read from a stream without ever holding more than a chunk.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

from functions.drimbox.accept import parameters
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from io import BufferedWriter
    from pathlib import Path

DICOM: Final = "application/dicom"
MAX_PART_BYTES: Final = 4 * 1024**3
MAX_HEADER_BYTES: Final = 16 * 1024
MAX_PREAMBLE_BYTES: Final = 64 * 1024
MAX_PARTS: Final = 100_000

_RETURN: Final = 0x0D
# RFC 2046 5.1.1 says 70 characters; Orthanc sends objects with boundaries of 73.
_BOUNDARY: Final = re.compile(r"[A-Za-z0-9'()+_,\-./:=? ]{0,199}[A-Za-z0-9'()+_,\-./:=?]")


class MultipartUnreadable(Exception):
    """The body is not multipart/related, does not come to its end, or goes beyond a limit.

    The message holds nothing of the body. ``cut``: it only ends too early, as when a connection is
    lost.
    """

    def __init__(self, detail: str, *, cut: bool = False) -> None:
        super().__init__(detail)
        self.cut = cut


@frozen
class Item:
    """One object, or frame, to write: its size in bytes, its transfer syntax and its media type."""

    size: int
    transfer_syntax: str
    media: str = DICOM


@frozen
class Layout:
    """A body laid out: ``heads[i]`` goes before object i, ``tail`` after the last one.

    ``offsets[i]`` is where object i starts; ``size`` is the whole body's.
    """

    content_type: str
    heads: tuple[bytes, ...]
    offsets: tuple[int, ...]
    tail: bytes
    size: int


def boundary_for(*names: str) -> str:
    """A boundary that depends only on the names of the bodies that it stands in.

    It is chosen before a byte of the content is read. With 160 bits of a hash, that a content holds
    its own boundary is not a chance worth a search through every byte.
    """
    return "drimbox-" + hashlib.sha256("\n".join(names).encode()).hexdigest()[:40]


def lay_out(boundary: str, items: Sequence[Item]) -> Layout:
    """Where each object of a body goes. All are of one media type; a body without any has DICOM's.

    The body's Content-Type names the transfer syntax too when all objects share it, as the
    network's own answers do; each part names its own in any case.
    """
    heads: list[bytes] = []
    offsets: list[int] = []
    position = 0
    for item in items:
        head = (
            f"{chr(13) + chr(10) if heads else ''}--{boundary}\r\n"
            f"Content-Type: {item.media};transfer-syntax={item.transfer_syntax}\r\n"
            f"Content-Length: {item.size}\r\n\r\n"
        ).encode("ascii")
        position += len(head)
        heads.append(head)
        offsets.append(position)
        position += item.size
    tail = f"\r\n--{boundary}--\r\n".encode("ascii")
    media = items[0].media if items else DICOM
    syntaxes = {item.transfer_syntax for item in items}
    shared = f";transfer-syntax={syntaxes.pop()}" if len(syntaxes) == 1 else ""
    return Layout(
        content_type=f'multipart/related;type="{media}"{shared};boundary={boundary}',
        heads=tuple(heads),
        offsets=tuple(offsets),
        tail=tail,
        size=position + len(tail),
    )


def boundary_of(content_type: str) -> bytes:
    """The boundary that a multipart/related Content-Type announces; raises MultipartUnreadable."""
    media, _, tail = content_type.partition(";")
    boundary = parameters(tail).get("boundary", "")
    if media.strip().lower() != "multipart/related" or not _BOUNDARY.fullmatch(boundary):
        raise MultipartUnreadable("the answer is not multipart/related with a boundary")
    return boundary.encode("ascii")


@frozen
class Part:
    """One whole part: its headers (names in lower case) and the file that holds its body."""

    headers: Mapping[str, str]
    path: Path
    size: int


def read_parts(
    chunks: Iterable[bytes],
    boundary: bytes,
    spool: Path,
    *,
    max_part_bytes: int = MAX_PART_BYTES,
    max_parts: int = MAX_PARTS,
) -> Iterator[Part]:
    """Write each part's body to a new file of ``spool`` and yield it once it is whole.

    Lines may end in CRLF or LF, a preamble and an epilogue are skipped, Content-Length is checked
    when a part has one. Time is linear and memory one chunk, however the stream is cut. The caller
    removes the files; that of a part which does not come to its end is removed here. Raises
    MultipartUnreadable when the stream ends early, is malformed, or goes beyond a limit.
    """
    source = _Source(chunks, boundary)
    for headers, path in _heads(source, spool, max_parts):
        yield _written(source, headers, path, max_part_bytes)


def read_bodies(
    chunks: Iterable[bytes],
    boundary: bytes,
    spool: Path,
    *,
    held: int,
    max_part_bytes: int = MAX_PART_BYTES,
    max_parts: int = MAX_PARTS,
) -> Iterator[bytes | Path]:
    """:func:`read_parts`, but a part of at most ``held`` bytes is given itself and never written.

    Memory is twice ``held`` and a chunk.
    """
    source = _Source(chunks, boundary)
    for headers, path in _heads(source, spool, max_parts):
        body = source.held(min(held, max_part_bytes))
        if body is None:
            yield _written(source, headers, path, max_part_bytes).path
        else:
            _require_announced(headers, len(body))
            yield body


def _heads(
    source: _Source, spool: Path, max_parts: int
) -> Iterator[tuple[Mapping[str, str], Path]]:
    """The headers of each part, and the file that it may be written to; the caller reads its body
    before it asks for the next."""
    source.skip_preamble()
    number = 0
    while (headers := source.headers()) is not None:
        if number == max_parts:
            raise MultipartUnreadable("the answer has too many parts")
        yield headers, spool / f"part-{number:06d}"
        number += 1


def _written(source: _Source, headers: Mapping[str, str], path: Path, max_part_bytes: int) -> Part:
    """The rest of the part that has begun, in a new file."""
    with path.open("xb") as file:
        try:
            size = source.body(file, max_part_bytes)
            _require_announced(headers, size)
        except BaseException:
            path.unlink()
            raise
    return Part(headers, path, size)


def _require_announced(headers: Mapping[str, str], size: int) -> None:
    if headers.get("content-length", str(size)) != str(size):
        raise MultipartUnreadable("a part has not the length that it announces")


class _Source:
    """The stream of an answer; ``_buffer`` holds what is received and not yet consumed."""

    def __init__(self, chunks: Iterable[bytes], boundary: bytes) -> None:
        self._chunks = iter(chunks)
        self._mark = b"\n--" + boundary
        self._closed = False
        # The first delimiter may stand at the very start: it is given its line end.
        self._buffer = bytearray(b"\n")

    def _more(self) -> None:
        chunk = next(self._chunks, None)
        if chunk is None:
            raise MultipartUnreadable("the answer ends before its last part does", cut=True)
        self._buffer += chunk

    def skip_preamble(self) -> None:
        """Consume everything up to and with the first delimiter."""
        skipped = 0
        for piece in self._content():
            skipped += len(piece)
            if skipped > MAX_PREAMBLE_BYTES:
                raise MultipartUnreadable("the answer does not start with a part")

    def headers(self) -> dict[str, str] | None:
        """The next part's headers, None after the last part."""
        if self._closed:
            return None
        found: dict[str, str] = {}
        budget = MAX_HEADER_BYTES
        while line := self._line(budget):
            budget -= len(line)
            name, _, value = line.decode("latin-1").partition(":")
            found[name.strip().lower()] = value.strip()
        return found

    def body(self, file: BufferedWriter, max_bytes: int) -> int:
        """Write the part's content to ``file``; its size in bytes."""
        size = 0
        for piece in self._content():
            size += len(piece)
            if size > max_bytes:
                raise MultipartUnreadable("a part is larger than accepted")
            file.write(piece)
        return size

    def held(self, most: int) -> bytes | None:
        """The part's content; None when it has more than ``most`` bytes: it is still to be read."""
        searched = 0
        while (at := self._find_delimiter(searched)) < 0:
            # The mark may have started at the end of the buffer, after a CR.
            searched = max(0, len(self._buffer) - len(self._mark))
            if searched > most:
                return None
            self._more()
        content = self._before(at)
        if len(content) > most:
            return None
        self._step_over_delimiter(at)
        return content

    def _line(self, budget: int) -> bytes:
        """One line without its end; at most ``budget`` bytes are looked at."""
        searched = 0
        while (end := self._buffer.find(b"\n", searched)) < 0 or end > budget:
            searched = len(self._buffer)
            if searched > budget:
                raise MultipartUnreadable("the headers of a part are too long")
            self._more()
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line.removesuffix(b"\r")

    def _content(self) -> Iterator[bytes]:
        """The bytes before the next delimiter, in pieces; then the delimiter is consumed.

        Line ends are CRLF or LF: the one before the delimiter belongs to it. A line that only
        starts like a delimiter is content.
        """
        # The mark may have started at the end of the buffer, after a CR.
        kept = len(self._mark)
        while (at := self._find_delimiter()) < 0:
            piece = bytes(self._buffer[:-kept])
            del self._buffer[: len(piece)]
            yield piece
            self._more()
        yield self._before(at)
        self._step_over_delimiter(at)

    def _before(self, at: int) -> bytes:
        """The content before the delimiter at ``at``."""
        end = at - 1 if at and self._buffer[at - 1] == _RETURN else at
        with memoryview(self._buffer) as view:
            return bytes(view[:end])

    def _step_over_delimiter(self, at: int) -> None:
        del self._buffer[: at + len(self._mark)]
        if self._buffer.startswith(b"--"):
            self._closed = True
        elif self._line(MAX_HEADER_BYTES).strip():
            raise MultipartUnreadable("a delimiter is malformed")

    def _find_delimiter(self, start: int = 0) -> int:
        """Where the next delimiter from ``start`` on is in the buffer, -1 when there is none."""
        while (at := self._buffer.find(self._mark, start)) >= 0:
            after = at + len(self._mark)
            while len(self._buffer) < after + 2:
                self._more()
            following = bytes(self._buffer[after : after + 2])
            if following == b"--" or following[:1] in b" \t\r\n":
                return at
            start = at + 1
        return -1
