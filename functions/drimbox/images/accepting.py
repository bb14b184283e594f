"""A series that somebody else has assembled, accepted into the cache: its body is read once, and
nothing of it is believed.

The body is the one that :mod:`functions.drimbox.images.fill` would have written, byte for byte, and
each object in it is one that the manifest names. Only the site can know whose pixels they are.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import re
from contextlib import contextmanager
from io import BytesIO
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, Protocol

from functions.drimbox.errors import Absent
from functions.drimbox.images.cache import (
    DIRECT_LIMIT,
    CachedInstance,
    CachedSeries,
    instance_layout,
    read_index,
)
from functions.drimbox.images.cache_keys import SeriesKeys
from functions.drimbox.images.display import display_of
from functions.drimbox.images.display_kept import keep_display
from functions.drimbox.images.explicit import check_prepared
from functions.drimbox.images.fill import PART_BYTES, store_parts
from functions.drimbox.images.frames import MAX_PIECES, pieces
from functions.drimbox.images.multipart import DICOM, MAX_PART_BYTES, Item, boundary_for, lay_out
from functions.drimbox.images.part10 import ObjectFacts, facts_of
from functions.drimbox.images.series_metadata import MetadataFile, attributes_of, encode
from functions.drimbox.manifest.elements import Malformed
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from functions.drimbox.images.display import Display
    from functions.drimbox.manifest.elements import Buffer
    from functions.drimbox.manifest.read import Manifest, ManifestSeries
    from functions.drimbox.oid import Uid
    from functions.drimbox.ports import CacheStore, StoredObject

_SYNTAX: Final = re.compile(rb"[0-9.]{1,64}")
_LENGTH: Final = re.compile(rb"[1-9][0-9]{0,11}")
# The longest line of a part's head.
_LINE: Final = 160
_PATIENT_ID: Final = "00100020"


class BodyRefused(Exception):
    """The body is not that of the series; the message names the fault, no value."""


class Incoming(Protocol):
    """The place where a body is that somebody else has put."""

    def get_range(self, key: str, offset: int, size: int) -> bytes | None:
        """As ``ports.CacheStore.get_range``."""
        ...

    def look(self, key: str) -> StoredObject | None:
        """As ``ports.CacheStore.look``."""
        ...

    def keep(self, key: str) -> None:
        """Keep the object for as long as a cached one. Raises StorageUnavailable."""
        ...


@frozen
class Body:
    """The uploaded body: its key, its size in bytes and its SHA-256 (hex), as they were told."""

    key: str
    size: int
    sha256: str


def accept_series(
    incoming: Incoming,
    store: CacheStore,
    manifest: Manifest,
    series_instance_uid: Uid,
    body: Body,
    *,
    spool: Path,
    notes: int = 0,
) -> CachedSeries:
    """Cache the series of ``body``, and give its index, which names the body; at once when the
    series is there already.

    ``manifest`` is without the objects that its ``notes`` rejection notes reject. The memory holds
    an object of at most DIRECT_LIMIT and a piece of the body, the disk one larger object.

    The index names the object that was looked at before it was read: one that takes its place,
    meanwhile or later, is never served.

    Raises Absent when the manifest does not name the series; BodyRefused for a body that is absent,
    has another size, hash or layout, another object than the manifest names, not all of them, one
    twice, one that is cut, not in a form that is served, or of another study, class or patient;
    StorageUnavailable.
    """
    named = manifest.find_series(series_instance_uid)
    if named is None:
        raise Absent("the manifest does not name this series")
    keys = SeriesKeys(
        manifest.study_instance_uid, manifest.sop_instance_uid, named.series_instance_uid, notes
    )
    cached = read_index(store, keys)
    if cached is not None:
        return cached
    found = _looked_at(incoming, body)
    with TemporaryDirectory(dir=spool) as folder:
        judged = _Judged(keys, named, store, Path(folder))
        with MetadataFile(Path(folder) / "metadata.json.gz") as metadata:
            judged.read(_Source(incoming, body), metadata)
        index = judged.index(body, found.version)
        with metadata.path.open("rb") as file:
            store.put(keys.metadata, file, "application/dicom+json")
    kept = BytesIO(keep_display(judged.displays))
    store.put(keys.display, kept, "application/gzip")
    incoming.keep(body.key)
    store.put(keys.index, BytesIO(index.encode()), "application/json")
    return index


def _looked_at(incoming: Incoming, body: Body) -> StoredObject:
    """The body as it is stored; BodyRefused unless it is served as it was put, in that size: one
    that is shorter would be read to its end at each try."""
    found = incoming.look(body.key)
    if found is None:
        raise BodyRefused("the body is not there")
    if found.size != body.size:
        raise BodyRefused("the body has another size")
    if not found.plain:
        raise BodyRefused("the body is not served as it was put")
    return found


class _Source:
    """The body as it comes, piece after piece; all of it is hashed."""

    def __init__(self, incoming: Incoming, body: Body) -> None:
        self._incoming = incoming
        self._body = body
        self._at = 0
        self._buffer = bytearray()
        self._hash = hashlib.sha256()

    def _more(self) -> None:
        size = min(PART_BYTES, self._body.size - self._at)
        if size <= 0:
            raise BodyRefused("the body ends early")
        piece = self._incoming.get_range(self._body.key, self._at, size)
        if piece is None:
            raise BodyRefused("the body is not there")
        self._hash.update(piece)
        self._buffer += piece
        self._at += size

    def expect(self, wanted: bytes) -> None:
        """The next bytes are these."""
        if self.take(len(wanted)) != wanted:
            raise BodyRefused("the body is laid out otherwise")

    def take(self, size: int) -> bytes:
        """The next bytes, so few that the memory holds them."""
        while len(self._buffer) < size:
            self._more()
        taken = bytes(memoryview(self._buffer)[:size])
        del self._buffer[:size]
        return taken

    def copy(self, size: int, file: BinaryIO) -> None:
        """Write the next bytes to ``file``."""
        while size:
            if not self._buffer:
                self._more()
            piece = self.take(min(size, len(self._buffer)))
            file.write(piece)
            size -= len(piece)

    def line(self, form: re.Pattern[bytes]) -> bytes:
        """The rest of a line of that form, without its CRLF."""
        while (end := self._buffer.find(b"\r\n")) < 0:
            if len(self._buffer) > _LINE:
                raise BodyRefused("the body is laid out otherwise")
            self._more()
        line = self.take(end)
        self.expect(b"\r\n")
        if not form.fullmatch(line):
            raise BodyRefused("the body is laid out otherwise")
        return line

    def end(self) -> None:
        """Nothing follows, and all of it was what was told."""
        if self._buffer or self._at != self._body.size:
            raise BodyRefused("the body is longer than its objects")
        if self._hash.hexdigest() != self._body.sha256:
            raise BodyRefused("the body has another hash")


@frozen
class _Object:
    """One object that was judged; ``size`` in bytes, ``sha256`` in hex."""

    facts: ObjectFacts
    size: int
    sha256: str
    frames: tuple[tuple[int, ...], ...] | None


class _Judged:
    """The objects of a body, judged one after the other."""

    def __init__(
        self, keys: SeriesKeys, named: ManifestSeries, store: CacheStore, folder: Path
    ) -> None:
        self._keys = keys
        self._classes = {one.sop_instance_uid: one.sop_class_uid for one in named.instances}
        self._store = store
        self._folder = folder
        self._boundary = boundary_for(keys.multipart).encode()
        self._objects: list[_Object] = []
        self._patient: str | None = None
        self.displays: list[Display] = []

    def read(self, source: _Source, metadata: MetadataFile) -> None:
        """Judge every object; BodyRefused."""
        missing = set(self._classes)
        source.expect(b"--" + self._boundary)
        while not self._ends(source):
            size, syntax = self._head(source)
            with self._content(source, size) as data:
                one = self._judge(data, size, syntax)
                if one.facts.sop_instance_uid not in missing:
                    raise BodyRefused("an object is there that is not wanted, or twice")
                missing.remove(one.facts.sop_instance_uid)
                self._tell(one, data, metadata)
            self._objects.append(one)
            source.expect(b"\r\n--" + self._boundary)
        source.end()
        if missing:
            raise BodyRefused("an object of the manifest is missing")
        places = [_order(one.facts) for one in self._objects]
        if places != sorted(places):
            raise BodyRefused("the objects are in another order")

    def index(self, body: Body, version: str) -> CachedSeries:
        """The index of the series. The body that was read has the only layout of its objects."""
        items = [Item(one.size, one.facts.transfer_syntax) for one in self._objects]
        layout = lay_out(self._boundary.decode(), items)
        instances, room = [], MAX_PIECES
        for one, offset in zip(self._objects, layout.offsets, strict=True):
            frames = one.frames if one.frames is None or pieces(one.frames) <= room else None
            room -= pieces(frames or ())
            facts = one.facts
            instances.append(
                CachedInstance(
                    facts.sop_instance_uid,
                    facts.transfer_syntax,
                    one.size,
                    one.sha256,
                    offset,
                    frames,
                )
            )
        return CachedSeries(
            layout.content_type,
            body.size,
            body.sha256,
            tuple(instances),
            body=body.key,
            body_version=version,
        )

    def _ends(self, source: _Source) -> bool:
        """Whether the delimiter that was read is the last one; its end is read too."""
        mark = source.take(2)
        if mark == b"--":
            source.expect(b"\r\n")
            return True
        if mark != b"\r\n":
            raise BodyRefused("the body is laid out otherwise")
        return False

    def _head(self, source: _Source) -> tuple[int, str]:
        source.expect(b"Content-Type: application/dicom;transfer-syntax=")
        syntax = source.line(_SYNTAX).decode("ascii")
        source.expect(b"Content-Length: ")
        size = int(source.line(_LENGTH))
        source.expect(b"\r\n")
        if size > MAX_PART_BYTES or len(self._objects) == len(self._classes):
            raise BodyRefused("an object too many, or too large")
        return size, syntax

    @contextmanager
    def _content(self, source: _Source, size: int) -> Iterator[Buffer]:
        """The bytes of the next object, in memory or on the disk."""
        if size <= DIRECT_LIMIT:
            yield source.take(size)
            return
        path = self._folder / "large.dcm"
        with path.open("w+b") as file:
            source.copy(size, file)
            file.flush()
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                yield data
            path.unlink()

    def _judge(self, data: Buffer, size: int, syntax: str) -> _Object:
        try:
            facts = facts_of(data)
            frames = check_prepared(data, facts)
        except Malformed:
            raise BodyRefused("an object is cut, or not in a form that is served") from None
        place = (facts.study_instance_uid, facts.series_instance_uid)
        if place != (self._keys.study_instance_uid, self._keys.series_instance_uid):
            raise BodyRefused("an object is of another study or series")
        if facts.transfer_syntax != syntax:
            raise BodyRefused("an object has another transfer syntax than its part says")
        if self._classes.get(facts.sop_instance_uid) != facts.sop_class_uid:
            raise BodyRefused("an object is not one of the manifest, or of another class")
        return _Object(facts, size, hashlib.sha256(data).hexdigest(), frames)

    def _tell(self, one: _Object, data: Buffer, metadata: MetadataFile) -> None:
        """Keep what is told of the object beside the body; a large one has answers of its own."""
        attributes = attributes_of(one.facts, data)
        patient = json.dumps(attributes.get(_PATIENT_ID, {}).get("Value", []))
        if self._patient not in {None, patient}:
            raise BodyRefused("the objects are of several patients")
        self._patient = patient
        metadata.add(encode(attributes))
        self.displays.append(display_of(data, one.facts))
        if one.size > DIRECT_LIMIT:
            self._store_large(one, data)

    def _store_large(self, one: _Object, data: Buffer) -> None:
        keys, uid = self._keys, one.facts.sop_instance_uid
        store_parts(self._store, keys.instance(uid), DICOM, _pieces(data))
        if len(self._classes) > 1:
            layout = instance_layout(keys, uid, Item(one.size, one.facts.transfer_syntax))
            body = chain(layout.heads, _pieces(data), (layout.tail,))
            store_parts(self._store, keys.instance_multipart(uid), layout.content_type, body)


def _pieces(data: Buffer) -> Iterator[bytes]:
    for at in range(0, len(data), PART_BYTES):
        yield bytes(data[at : at + PART_BYTES])


def _order(facts: ObjectFacts) -> tuple[bool, int, str]:
    number = facts.instance_number
    return number is None, number or 0, facts.sop_instance_uid
