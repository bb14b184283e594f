"""The metadata of a cached series as they are stored: gzipped, one object a line, in the order of
the index. Nothing is told of an object before its line names it.
"""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable

    from functions.drimbox.images.cache import CachedSeries
    from functions.drimbox.images.cache_keys import SeriesKeys
    from functions.drimbox.images.dicom_json import Attributes

    Read = Callable[[str], bytes | None]

# Bytes: the metadata of 50,000 objects, gzipped, and as they are. A bomb in gzip is no metadata.
MAX_GZIPPED: Final = 64 * 1024 * 1024
MAX_PLAIN: Final = 512 * 1024 * 1024
OPENING, SEPARATOR, CLOSING = b"[", b",\n", b"]"
_UID: Final = "00080018"


@frozen
class StoredSeries:
    """The metadata of one series: where they stand, and the objects that they tell of, in order."""

    keys: SeriesKeys
    objects: tuple[str, ...]


def stored_series(keys: SeriesKeys, index: CachedSeries) -> StoredSeries:
    """The series of an index."""
    return StoredSeries(keys, tuple(str(one.sop_instance_uid) for one in index.instances))


def packed(series: StoredSeries, read: Read) -> bytes:
    """The metadata as they are stored; ``read(key)`` is ``CacheStore.get``. StorageUnavailable."""
    found = read(series.keys.metadata)
    if found is None:
        raise StorageUnavailable("the metadata of a cached series are gone")
    return found


def lines(series: StoredSeries, data: bytes) -> list[bytes]:
    """The line of each object of :func:`packed` metadata. StorageUnavailable for metadata that are
    not whole, or tell of more or fewer objects."""
    found = _unpacked(data).split(SEPARATOR)
    if len(found) != len(series.objects):
        raise StorageUnavailable("metadata tell of other objects than the index")
    return found


def attributes(line: bytes, uid: str) -> Attributes:
    """The attributes of a line. StorageUnavailable unless it is that of the object ``uid``."""
    try:
        told: Any = json.loads(line)
        named = told[_UID]["Value"]
    except (ValueError, LookupError, TypeError, RecursionError):
        named = None
    if named != [uid]:
        raise StorageUnavailable("metadata tell of another object than the index")
    found: Attributes = told
    return found


def _unpacked(data: bytes) -> bytes:
    """The text between the brackets of the array."""
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        plain = unpacker.decompress(data, MAX_PLAIN)
    except zlib.error:
        raise StorageUnavailable("metadata are no gzip") from None
    if not unpacker.eof or not (plain.startswith(OPENING) and plain.endswith(CLOSING)):
        raise StorageUnavailable("metadata are not whole")
    return plain[len(OPENING) : -len(CLOSING)]
