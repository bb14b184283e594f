"""One series from its source into the cache, ready to be served."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from functions.drimbox.errors import Absent
from functions.drimbox.images.cache import (
    DICOM,
    DIRECT_LIMIT,
    CachedInstance,
    CachedSeries,
    SeriesKeys,
    read_index,
)
from functions.drimbox.images.explicit import prepare
from functions.drimbox.images.multipart import Item, Layout, boundary_for, lay_out
from functions.drimbox.images.part10 import ObjectFacts, read_facts
from functions.drimbox.images.series_metadata import write_metadata
from functions.drimbox.manifest.elements import Malformed
from functions.drimbox.manifest.read import Manifest
from functions.drimbox.oid import Uid
from functions.drimbox.ports import CacheStore, SeriesSource

# S3 takes parts of 5 MiB or more; a body of up to 10 000 parts of this size has 80 GB.
PART_BYTES: Final = 8 * 1024 * 1024
_CHUNK: Final = 1024 * 1024


class _NotWhole(Exception):
    """An object is missing, or is not what was given."""


@dataclass(frozen=True, slots=True)
class _Spooled:
    """One object on disk, as it will be served."""

    facts: ObjectFacts
    path: Path
    size: int
    sha256: str


def fill_series(
    source: SeriesSource,
    store: CacheStore,
    manifest: Manifest,
    series_instance_uid: Uid,
    *,
    spool: Path,
    workers: int = 8,
    notes: int = 0,
) -> CachedSeries:
    """Cache a series that ``manifest`` names, and give its index; at once when it is there already.

    ``manifest`` is without the objects that its ``notes`` rejection notes reject.

    Objects stream from ``source`` to ``spool``, each is stored while the next arrives; then the
    whole answer, the metadata and, last, the index. Objects that the manifest does not name, or
    that cannot be read whole, are dropped. The disk must hold the series and two objects more; the
    memory holds no object. Running it again, also after a failure half-way, gives the same.

    Raises Absent when the manifest does not name the series, the source's own error when it fails
    or an object that the manifest names is missing, StorageUnavailable, and OSError when the disk
    cannot hold the series: the same call again would meet the same disk.
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
            objects = _fetch(source, store, keys, wanted, Path(folder), workers=workers)
            index = _store_whole(store, keys, objects)
        except _NotWhole as error:
            raise source.unavailable(str(error)) from None
        _store_metadata(store, keys, objects, Path(folder))
        store.put(keys.index, BytesIO(index.encode()), "application/json")
    return index


def _fetch(
    source: SeriesSource,
    store: CacheStore,
    keys: SeriesKeys,
    wanted: set[Uid],
    folder: Path,
    *,
    workers: int,
) -> list[_Spooled]:
    """Every object of the series on disk and in the store, in InstanceNumber order."""
    kept: dict[Uid, _Spooled] = {}
    with ThreadPoolExecutor(max_workers=workers) as pool:
        pending: list[Future[None]] = []
        for path in source.retrieve_series(
            keys.study_instance_uid, keys.series_instance_uid, folder
        ):
            one = _accept(path, keys, wanted - kept.keys())
            if one is None:
                path.unlink()
                continue
            kept[one.facts.sop_instance_uid] = one
            pending.append(pool.submit(_store_object, store, keys, one))
        for future in pending:
            future.result()
    missing = len(wanted - kept.keys())
    if missing:
        raise _NotWhole(f"{missing} of {len(wanted)} objects were not given whole")
    return sorted(kept.values(), key=_order)


def _order(one: _Spooled) -> tuple[bool, int, str]:
    number = one.facts.instance_number
    return number is None, number or 0, one.facts.sop_instance_uid


def _accept(path: Path, keys: SeriesKeys, wanted: set[Uid]) -> _Spooled | None:
    """The object made ready to be served, None when it is not one that is wanted, whole."""
    try:
        facts = read_facts(path)
        place = (facts.study_instance_uid, facts.series_instance_uid)
        if place != (keys.study_instance_uid, keys.series_instance_uid):
            return None
        if facts.sop_instance_uid not in wanted:
            return None
        facts = prepare(path, facts)
    except Malformed:
        return None
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return _Spooled(facts, path, path.stat().st_size, sha256)


def _store_object(store: CacheStore, keys: SeriesKeys, one: _Spooled) -> None:
    uid = one.facts.sop_instance_uid
    with one.path.open("rb") as file:
        store.put(keys.instance(uid), file, DICOM)
    if one.size > DIRECT_LIMIT:
        # Too large to be wrapped when it is asked for: its own answer is stored beside it.
        layout = lay_out(boundary_for([one.sha256]), [_item(one)])
        _upload(store, keys.instance_multipart(uid), layout, [one])


def _item(one: _Spooled) -> Item:
    return Item(one.size, one.facts.transfer_syntax)


def _store_whole(store: CacheStore, keys: SeriesKeys, objects: list[_Spooled]) -> CachedSeries:
    layout = lay_out(boundary_for(one.sha256 for one in objects), [_item(one) for one in objects])
    sha256 = _upload(store, keys.multipart, layout, objects)
    return CachedSeries(
        content_type=layout.content_type,
        size=layout.size,
        sha256=sha256,
        instances=tuple(
            CachedInstance(
                one.facts.sop_instance_uid, one.facts.transfer_syntax, one.size, one.sha256, offset
            )
            for one, offset in zip(objects, layout.offsets, strict=True)
        ),
    )


def _upload(store: CacheStore, key: str, layout: Layout, objects: list[_Spooled]) -> str:
    """Store a multipart body in parts; its SHA-256, hex. Each object's own hash is checked again
    as it is read, so that a spool that changed meanwhile is not served."""
    upload = store.upload(key, layout.content_type)
    whole = hashlib.sha256()
    buffer = bytearray()
    try:
        for piece in _body(layout, objects):
            if len(buffer) >= PART_BYTES:
                upload.add(bytes(buffer))
                buffer.clear()
            whole.update(piece)
            buffer += piece
        upload.add(bytes(buffer))
        upload.complete()
    except BaseException:
        upload.abort()
        raise
    return whole.hexdigest()


def _body(layout: Layout, objects: list[_Spooled]) -> Iterator[bytes]:
    for head, one in zip(layout.heads, objects, strict=True):
        yield head
        digest = hashlib.sha256()
        with one.path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                yield chunk
        if digest.hexdigest() != one.sha256:
            raise _NotWhole("a spooled object changed")
    yield layout.tail


def _store_metadata(
    store: CacheStore, keys: SeriesKeys, objects: list[_Spooled], folder: Path
) -> None:
    path = folder / "metadata.json.gz"
    write_metadata(path, [(one.facts, one.path) for one in objects])
    with path.open("rb") as file:
        store.put(keys.metadata, file, "application/dicom+json")
