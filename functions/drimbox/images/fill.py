"""One series from its source into the cache, ready to be served."""

from __future__ import annotations

import hashlib
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, Protocol

from functions.drimbox.errors import Absent, ObjectUnservable
from functions.drimbox.images.cache import (
    DIRECT_LIMIT,
    CachedInstance,
    CachedSeries,
    encode_unservable,
    instance_layout,
    read_index,
)
from functions.drimbox.images.cache_keys import SeriesKeys
from functions.drimbox.images.display_kept import write_display
from functions.drimbox.images.explicit import prepare
from functions.drimbox.images.frames import MAX_PIECES, pieces
from functions.drimbox.images.multipart import DICOM, Item, Layout, boundary_for, lay_out
from functions.drimbox.images.part10 import ObjectFacts, read_facts
from functions.drimbox.images.series_metadata import write_metadata
from functions.drimbox.manifest.elements import Malformed
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from concurrent.futures import Executor

    from functions.drimbox.images.frames import Frames
    from functions.drimbox.manifest.read import Manifest
    from functions.drimbox.oid import Uid
    from functions.drimbox.ports import CacheStore, SeriesSource, Upload

# S3 takes parts of 5 MiB or more; a body of up to 10 000 parts of this size has 80 GB.
PART_BYTES: Final = 8 * 1024 * 1024
_PARTS_AT_ONCE: Final = 3
_CHUNK: Final = 1024 * 1024


class BodyStore(Protocol):
    """The part of ``ports.CacheStore`` that keeps bodies."""

    def upload(self, key: str, content_type: str) -> Upload:
        """Start an object that is written in parts."""
        ...


class _NotWhole(Exception):
    """An object is missing, or is not what was given."""


class _Faulty(Exception):
    """A file whose content is at fault; ``uid`` is its wanted object, None if unknown."""

    def __init__(self, uid: Uid | None = None) -> None:
        self.uid = uid


@frozen
class _Spooled:
    """One object on disk, as it will be served."""

    facts: ObjectFacts
    path: Path
    size: int
    frames: Frames | None


@dataclass(slots=True)
class _Given:
    """The files of one retrieval: the objects that were ``kept``, those whose content is at fault,
    and the number of files that name no object."""

    kept: dict[Uid, _Spooled] = field(default_factory=dict)
    faulty: set[Uid] = field(default_factory=set)
    nameless: int = 0

    def require(self, wanted: set[Uid]) -> None:
        """ObjectUnservable for objects that are given and never can be served: those at fault, and
        those that are missing while as many files name none. _NotWhole for those not given."""
        missing = wanted - self.kept.keys()
        faulty = self.faulty & missing
        absent = missing - faulty
        if len(absent) <= self.nameless:
            faulty |= absent
        if faulty:
            raise ObjectUnservable(tuple(sorted(faulty)))
        if missing:
            raise _NotWhole(f"{len(missing)} of {len(wanted)} objects were not given")


def fill_series(
    source: SeriesSource,
    store: CacheStore,
    manifest: Manifest,
    series_instance_uid: Uid,
    *,
    spool: Path,
    workers: int = 4,
    notes: int = 0,
) -> CachedSeries:
    """Cache a series that ``manifest`` names, and give its index; at once when it is there already.

    ``manifest`` is without the objects that its ``notes`` rejection notes reject.

    Objects stream from ``source`` to ``spool``, a large one is stored while the next arrives; then
    the whole answer, the metadata, the facts of display and, last, the index. Objects that the
    manifest does not name are dropped. The disk must hold the series and two objects more; the
    memory holds no object. Running it again, also after a failure half-way, gives the same.

    Raises Absent when the manifest does not name the series, the source's own error when it fails
    or does not give an object that the manifest names, ObjectUnservable when it gives one that is
    cut, unreadable or of another study (the cache then says so), StorageUnavailable, and OSError
    when the disk cannot hold the series: the same call again would meet the same disk.
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
    wanted = {one.sop_instance_uid for one in named.instances}
    with TemporaryDirectory(dir=spool) as folder:
        try:
            with ThreadPoolExecutor(max_workers=workers) as pool, _whole(source):
                beside = _Beside(store, keys, pool, alone=len(wanted) == 1)
                objects = _fetch(source, keys, wanted, Path(folder), beside.keep)
                beside.end()
                index = _store_whole(store, keys, objects)
        except ObjectUnservable as error:
            told = encode_unservable(error.objects)
            store.put(keys.unservable, BytesIO(told), "application/json")
            raise
        _store_metadata(store, keys, objects, Path(folder))
        _store_display(store, keys, objects, Path(folder))
        store.put(keys.index, BytesIO(index.encode()), "application/json")
    return index


def assemble(
    source: SeriesSource,
    store: BodyStore,
    keys: SeriesKeys,
    wanted: Collection[Uid],
    *,
    spool: Path,
) -> CachedSeries:
    """Store the body of the series alone, exactly these objects of it, as :func:`fill_series` does;
    the index of that body, which is not stored.

    Raises as :func:`fill_series`, but for Absent; nothing tells the store of objects at fault.
    """
    with TemporaryDirectory(dir=spool) as folder, _whole(source):
        objects = _fetch(source, keys, set(wanted), Path(folder))
        return _store_whole(store, keys, objects)


@contextmanager
def _whole(source: SeriesSource) -> Iterator[None]:
    """A block whose _NotWhole is the source's own error."""
    try:
        yield
    except _NotWhole as error:
        raise source.unavailable(str(error)) from None


class _Beside:
    """Stores the answers of large objects while the next objects come."""

    def __init__(self, store: CacheStore, keys: SeriesKeys, pool: Executor, *, alone: bool) -> None:
        self._store = store
        self._keys = keys
        self._pool = pool
        self._alone = alone
        self._pending: list[Future[None]] = []

    def keep(self, one: _Spooled) -> None:
        """Store it, if it is large."""
        if one.size > DIRECT_LIMIT:
            stored = self._pool.submit(
                _store_large, self._store, self._keys, one, alone=self._alone
            )
            self._pending.append(stored)

    def end(self) -> None:
        """Wait until all are stored. Raises StorageUnavailable."""
        for future in self._pending:
            future.result()


def _fetch(
    source: SeriesSource,
    keys: SeriesKeys,
    wanted: set[Uid],
    folder: Path,
    kept: Callable[[_Spooled], object] = lambda _: None,
) -> list[_Spooled]:
    """Every object of the series on disk, in InstanceNumber order; ``kept`` hears of each as it
    comes."""
    given = _Given()
    for path in source.retrieve_series(keys.study_instance_uid, keys.series_instance_uid, folder):
        one = _sort_in(given, path, keys, wanted)
        if one is None:
            path.unlink()
        else:
            kept(one)
    given.require(wanted)
    return sorted(given.kept.values(), key=_order)


def _sort_in(given: _Given, path: Path, keys: SeriesKeys, wanted: set[Uid]) -> _Spooled | None:
    """The file as one more object that is kept, None otherwise."""
    try:
        one = _accept(path, keys, wanted - given.kept.keys())
    except _Faulty as fault:
        if fault.uid is None:
            given.nameless += 1
        else:
            given.faulty.add(fault.uid)
        return None
    if one is not None:
        given.kept[one.facts.sop_instance_uid] = one
    return one


def _order(one: _Spooled) -> tuple[bool, int, str]:
    number = one.facts.instance_number
    return number is None, number or 0, one.facts.sop_instance_uid


def _accept(path: Path, keys: SeriesKeys, wanted: set[Uid]) -> _Spooled | None:
    """The object made ready to be served, None when it is none that is wanted; _Faulty."""
    try:
        facts = read_facts(path)
    except Malformed:
        raise _Faulty from None
    if facts.sop_instance_uid not in wanted:
        return None
    place = (facts.study_instance_uid, facts.series_instance_uid)
    if place != (keys.study_instance_uid, keys.series_instance_uid):
        raise _Faulty(facts.sop_instance_uid)
    try:
        facts, frames = prepare(path, facts)
    except Malformed:
        raise _Faulty(facts.sop_instance_uid) from None
    return _Spooled(facts, path, path.stat().st_size, frames)


def _store_large(store: CacheStore, keys: SeriesKeys, one: _Spooled, *, alone: bool) -> None:
    """The answers of an object that a signed URL gives: it names no range of the series' body.

    The body of a series of one object is that object's WADO-RS answer already.
    """
    uid = one.facts.sop_instance_uid
    with one.path.open("rb") as file:
        store.put(keys.instance(uid), file, DICOM)
    if not alone:
        layout = instance_layout(keys, uid, _item(one))
        body = chain(layout.heads, _content(one), (layout.tail,))
        store_parts(store, keys.instance_multipart(uid), layout.content_type, body)


def _item(one: _Spooled) -> Item:
    return Item(one.size, one.facts.transfer_syntax)


def _store_whole(store: BodyStore, keys: SeriesKeys, objects: list[_Spooled]) -> CachedSeries:
    """The series' body, hashed as it is written, and the index of it."""
    layout = lay_out(boundary_for(keys.multipart), [_item(one) for one in objects])
    whole = hashlib.sha256()
    digests: list[str] = []
    body = _body(layout, objects, whole, digests)
    store_parts(store, keys.multipart, layout.content_type, body, at_once=_PARTS_AT_ONCE)
    instances = []
    room = MAX_PIECES
    for one, digest, offset in zip(objects, digests, layout.offsets, strict=True):
        frames = one.frames if one.frames is None or pieces(one.frames) <= room else None
        room -= pieces(frames or ())
        facts = one.facts
        instances.append(
            CachedInstance(
                facts.sop_instance_uid, facts.transfer_syntax, one.size, digest, offset, frames
            )
        )
    return CachedSeries(layout.content_type, layout.size, whole.hexdigest(), tuple(instances))


def _body(
    layout: Layout, objects: list[_Spooled], whole: hashlib._Hash, digests: list[str]
) -> Iterator[bytes]:
    """The pieces of a body; ``whole`` gets all of them, ``digests`` the SHA-256 of each object."""
    for head, one in zip(layout.heads, objects, strict=True):
        whole.update(head)
        yield head
        digest = hashlib.sha256()
        for chunk in _content(one):
            digest.update(chunk)
            whole.update(chunk)
            yield chunk
        digests.append(digest.hexdigest())
    whole.update(layout.tail)
    yield layout.tail


def _content(one: _Spooled) -> Iterator[bytes]:
    """The bytes of an object; _NotWhole when they are not as many as were counted."""
    size = 0
    with one.path.open("rb", buffering=0) as file:
        while chunk := file.read(_CHUNK):
            size += len(chunk)
            yield chunk
    if size != one.size:
        raise _NotWhole("a spooled object changed")


def store_parts(
    store: BodyStore, key: str, content_type: str, body: Iterable[bytes], *, at_once: int = 1
) -> None:
    """Store a body in parts, so many ``at_once``; the memory holds these and the one that is read.
    Raises StorageUnavailable, and the errors of ``body``: nothing is stored then."""
    upload = store.upload(key, content_type)
    try:
        # The pool ends before an upload is forgotten: a part that comes later would stay.
        with ThreadPoolExecutor(max_workers=at_once) as pool:
            pending: deque[Future[None]] = deque()
            for number, part in enumerate(_parts(body), 1):
                if len(pending) == at_once:
                    pending.popleft().result()
                pending.append(pool.submit(upload.add, number, part))
            for future in pending:
                future.result()
        upload.complete()
    except BaseException:
        upload.abort()
        raise


def _parts(body: Iterable[bytes]) -> Iterator[bytes]:
    buffer = bytearray()
    for piece in body:
        if len(buffer) >= PART_BYTES:
            yield bytes(buffer)
            buffer.clear()
        buffer += piece
    yield bytes(buffer)


def _store_metadata(
    store: CacheStore, keys: SeriesKeys, objects: list[_Spooled], folder: Path
) -> None:
    path = folder / "metadata.json.gz"
    write_metadata(path, [(one.facts, one.path) for one in objects])
    with path.open("rb") as file:
        store.put(keys.metadata, file, "application/dicom+json")


def _store_display(
    store: CacheStore, keys: SeriesKeys, objects: list[_Spooled], folder: Path
) -> None:
    path = folder / "display.json.gz"
    write_display(path, [(one.facts, one.path) for one in objects])
    with path.open("rb") as file:
        store.put(keys.display, file, "application/gzip")
