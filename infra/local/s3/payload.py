"""Bodies of uploads: framing, length, hashes, written to a file as they arrive."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from infra.local.aws.web import CHUNK_BYTES, Body, BodyError, Request
from infra.local.s3.errors import S3Error

STREAMING: Final = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
UNSIGNED: Final = "UNSIGNED-PAYLOAD"
MAX_OBJECT_BYTES: Final = 5 << 30
MAX_TRAILER_BYTES: Final = 4096


class Digest(Protocol):
    """The algorithm of a checksum."""

    def update(self, data: bytes, /) -> None:
        """Add ``data``."""
        ...

    def digest(self) -> bytes:
        """The checksum so far, in bytes."""
        ...


class Crc32:
    """CRC-32 (ISO 3309) with the interface of hashlib."""

    def __init__(self) -> None:
        self._value = 0

    def update(self, data: bytes, /) -> None:
        """Add ``data``."""
        self._value = zlib.crc32(data, self._value)

    def digest(self) -> bytes:
        """Four bytes, most significant first."""
        return self._value.to_bytes(4, "big")


# The checksums of S3 by the end of their header's name; None: kept as given, not verified.
ALGORITHMS: Final[Mapping[str, Callable[[], Digest] | None]] = {
    "crc32": Crc32,
    "sha1": lambda: hashlib.sha1(usedforsecurity=False),
    "sha256": hashlib.sha256,
    "crc32c": None,
    "crc64nvme": None,
}
CHECKSUM_PREFIX: Final = "x-amz-checksum-"


@dataclass(frozen=True, slots=True)
class Received:
    """An upload on disk: ``checksums`` by algorithm, in base64, as S3 shows them."""

    path: Path
    size: int
    md5: bytes
    checksums: Mapping[str, str]


def receive(request: Request, path: Path, limit: int = MAX_OBJECT_BYTES) -> Received:
    """Write the body of ``request`` to ``path``, durably; check each claim that the request makes.

    The decoded body may have at most ``limit`` bytes.

    Raises:
        S3Error: a length, a hash or a frame that does not fit; nothing is left at ``path``.
    """
    try:
        return _receive(request, path, limit)
    except (BodyError, OSError, S3Error):
        path.unlink(missing_ok=True)
        raise


def _receive(request: Request, path: Path, limit: int) -> Received:
    content_hash = request.header("x-amz-content-sha256") or UNSIGNED
    claimed = _claimed_checksums(request)
    wanted = _wanted_algorithm(request, claimed)
    trailers: dict[str, str] = {}
    blocks = _blocks(request, content_hash, trailers)
    digests: dict[str, Digest] = {}
    for name in {*wanted, "sha256"} if _is_hash(content_hash) else wanted:
        make = ALGORITHMS[name]
        if make is not None:
            digests[name] = make()
    md5 = hashlib.md5(usedforsecurity=False)
    size = _write(path, blocks, [md5, *digests.values()], limit)
    if _is_hash(content_hash) and digests["sha256"].digest().hex() != content_hash:
        raise S3Error("XAmzContentSHA256Mismatch")
    given_md5 = request.header("Content-MD5")
    if given_md5 is not None and _decoded(given_md5) != md5.digest():
        raise S3Error("BadDigest")
    claimed = {**claimed, **_trailing_checksums(trailers)}
    checksums = {
        name: base64.b64encode(digests[name].digest()).decode()
        for name in wanted
        if name in digests
    }
    for name, value in claimed.items():
        if checksums.setdefault(name, value) != value:
            raise S3Error("BadDigest")
    return Received(path, size, md5.digest(), checksums)


def _write(path: Path, blocks: Iterator[bytes], digests: list[Digest], limit: int) -> int:
    size = 0
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb", buffering=0) as file:
        for block in blocks:
            size += len(block)
            if size > limit:
                raise S3Error("EntityTooLarge")
            file.write(block)
            for digest in digests:
                digest.update(block)
        os.fsync(file.fileno())
    return size


def _blocks(request: Request, content_hash: str, trailers: dict[str, str]) -> Iterator[bytes]:
    if content_hash.startswith("STREAMING-"):
        if content_hash != STREAMING:
            raise S3Error("NotImplemented", "Signed chunks are not served here")
        return _unframed(request, trailers)
    return request.body.blocks()


def _unframed(request: Request, trailers: dict[str, str]) -> Iterator[bytes]:
    """The chunks of the aws-chunked encoding, and the headers that come after them."""
    stated = request.header("x-amz-decoded-content-length")
    if stated is None or not (stated.isascii() and stated.isdigit()):
        raise S3Error("MissingContentLength")
    stream = _Stream(request.body)
    total = 0
    while size := _frame_size(stream.line()):
        total += size
        while size > 0:
            block = stream.take(min(size, CHUNK_BYTES))
            size -= len(block)
            yield block
        if stream.line():
            raise S3Error("InvalidRequest", "A chunk is longer than it says")
    if total != int(stated):
        raise S3Error("InvalidRequest", "The decoded length is not as announced")
    read = 0
    while line := stream.line(end=True):
        read += len(line)
        if read > MAX_TRAILER_BYTES:
            raise S3Error("InvalidRequest", "The trailer is too long")
        name, _, value = line.decode("latin-1").partition(":")
        trailers[name.strip().lower()] = value.strip()
    stream.drain()


def _frame_size(line: bytes) -> int:
    try:
        size = int(line.split(b";")[0], 16)
    except ValueError:
        raise S3Error("InvalidRequest", "A chunk has no length") from None
    if size < 0:
        raise S3Error("InvalidRequest", "A chunk has no length")
    return size


class _Stream:
    """Lines and blocks out of a body."""

    def __init__(self, body: Body) -> None:
        self._blocks = body.blocks()
        self._buffer = b""

    def line(self, *, end: bool = False) -> bytes:
        """The next line without its end; empty at the end of the body when ``end`` allows it."""
        while b"\r\n" not in self._buffer:
            if len(self._buffer) > MAX_TRAILER_BYTES:
                raise S3Error("InvalidRequest", "A line is too long")
            if not self._more():
                if end:
                    return b""
                raise BodyError("the body ends inside a frame")
        line, _, self._buffer = self._buffer.partition(b"\r\n")
        return line

    def take(self, size: int) -> bytes:
        """At least one and at most ``size`` bytes."""
        if not self._buffer and not self._more():
            raise BodyError("the body ends inside a chunk")
        block, self._buffer = self._buffer[:size], self._buffer[size:]
        return block

    def drain(self) -> None:
        """Read the remaining bytes."""
        while self._more():
            self._buffer = b""

    def _more(self) -> bool:
        block = next(self._blocks, b"")
        self._buffer += block
        return bool(block)


def _claimed_checksums(request: Request) -> dict[str, str]:
    return {
        name: value
        for name in ALGORITHMS
        if (value := request.header(f"{CHECKSUM_PREFIX}{name}")) is not None
    }


def _trailing_checksums(trailers: Mapping[str, str]) -> dict[str, str]:
    return {
        name: trailers[f"{CHECKSUM_PREFIX}{name}"]
        for name in ALGORITHMS
        if f"{CHECKSUM_PREFIX}{name}" in trailers
    }


def _wanted_algorithm(request: Request, claimed: Mapping[str, str]) -> set[str]:
    """The checksums to compute: those claimed, announced as a trailer, or asked for."""
    names = set(claimed)
    trailer = (request.header("x-amz-trailer") or "").strip().lower()
    if trailer:
        names.add(trailer.removeprefix(CHECKSUM_PREFIX))
    asked = request.header("x-amz-sdk-checksum-algorithm")
    if asked:
        names.add(asked.lower())
    if not names <= ALGORITHMS.keys():
        raise S3Error("InvalidRequest", "The checksum's algorithm is not known")
    return names


def _is_hash(content_hash: str) -> bool:
    if content_hash in {UNSIGNED, STREAMING}:
        return False
    if len(content_hash) != 64 or not all(one in "0123456789abcdef" for one in content_hash):
        raise S3Error("InvalidArgument", "x-amz-content-sha256 is malformed")
    return True


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        raise S3Error("InvalidDigest") from None
