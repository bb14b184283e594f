"""The answer to a request for metadata (PS3.18 10.4.1.1.2): the attributes of each object, as DICOM
JSON, bulk data left out.

The cache holds them by series, gzipped, one object a line, in the order of the index.
"""

from __future__ import annotations

import gzip
import json
import zlib
from typing import TYPE_CHECKING, Final

from functions.drimbox.accept import prefer_media, takes_gzip
from functions.drimbox.errors import NotAcceptable, StorageUnavailable, TooLarge
from functions.drimbox.images.cache import DIRECT_LIMIT
from functions.drimbox.images.retrieve import ready, require_named
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from functions.drimbox.images.cache import CachedSeries
    from functions.drimbox.images.cache_keys import SeriesKeys
    from functions.drimbox.images.retrieve import Target
    from functions.drimbox.manifest.read import Manifest

DICOM_JSON: Final = "application/dicom+json"
# Both name the same bytes; the first is ours where both are liked alike.
FORMS: Final = (DICOM_JSON, "application/json")
# Bytes: the metadata of 50,000 objects, gzipped, and as they are. A bomb in gzip is no metadata.
MAX_GZIPPED: Final = 64 * 1024 * 1024
MAX_PLAIN: Final = 512 * 1024 * 1024
_OPENING, _SEPARATOR, _CLOSING = b"[", b",\n", b"]"
_UID: Final = "00080018"


@frozen
class Series:
    """The metadata of one series: where they stand, and the objects that they tell of, in order."""

    keys: SeriesKeys
    objects: tuple[str, ...]


@frozen
class Metadata:
    """Answer 200: the metadata of the objects of ``series``, of one of them where ``instance`` is
    not empty. ``gzipped``: as gzip."""

    content_type: str
    gzipped: bool
    series: tuple[Series, ...]
    instance: str = ""

    def body(self, read: Callable[[str], bytes | None]) -> bytes:
        """The body, at most DIRECT_LIMIT bytes; ``read(key)`` is ``CacheStore.get``.

        Raises TooLarge; StorageUnavailable where something is gone, or is not what was stored.
        """
        stored = [self._stored(one, read) for one in self.series]
        if self.gzipped and len(stored) == 1 and not self.instance:
            return _fitting(stored[0])
        lines = [
            line
            for one, data in zip(self.series, stored, strict=True)
            for line in self._lines(one, data)
        ]
        plain = _OPENING + _SEPARATOR.join(lines) + _CLOSING
        return _fitting(gzip.compress(plain, 6, mtime=0) if self.gzipped else plain)

    def _stored(self, series: Series, read: Callable[[str], bytes | None]) -> bytes:
        found = read(series.keys.metadata)
        if found is None:
            raise StorageUnavailable("the metadata of a cached series are gone")
        return found

    def _lines(self, series: Series, stored: bytes) -> Iterator[bytes]:
        lines = _unpacked(stored).split(_SEPARATOR)
        if len(lines) != len(series.objects):
            raise StorageUnavailable("metadata tell of other objects than the index")
        for line, uid in zip(lines, series.objects, strict=True):
            if self.instance in {"", uid}:
                _require_of(line, uid)
                yield line


def decide_metadata(
    current: Manifest | None,
    target: Target,
    index_of: Callable[[SeriesKeys], CachedSeries | None],
    *,
    accept: Sequence[str],
    accept_encoding: Sequence[str],
    kos_sop_instance_uid: Sequence[str],
    notes: int = 0,
) -> Metadata:
    """Decide the answer; the arguments and the errors are those of :func:`retrieve.decide`, but
    that without Accept the answer is DICOM JSON, and that TooLarge comes with the body.
    """
    form = prefer_media(accept, FORMS)
    if form is None:
        raise NotAcceptable("metadata are DICOM JSON")
    named = require_named(current, target, kos_sop_instance_uid, notes)
    series = tuple(
        Series(
            keys, tuple(map(str, (one.sop_instance_uid for one in ready(index_of(keys)).instances)))
        )
        for keys in named
    )
    instance = target.sop_instance_uid or ""
    if instance and instance not in series[0].objects:
        raise StorageUnavailable("a cache index lacks an object of its manifest")
    return Metadata(form, takes_gzip(accept_encoding), series, instance)


def _fitting(body: bytes) -> bytes:
    if len(body) > DIRECT_LIMIT:
        raise TooLarge("the metadata are too large for one answer: ask for a part, or for gzip")
    return body


def _unpacked(stored: bytes) -> bytes:
    """The text between the brackets of the array."""
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        plain = unpacker.decompress(stored, MAX_PLAIN)
    except zlib.error:
        raise StorageUnavailable("metadata are no gzip") from None
    if not unpacker.eof or not (plain.startswith(_OPENING) and plain.endswith(_CLOSING)):
        raise StorageUnavailable("metadata are not whole")
    return plain[len(_OPENING) : -len(_CLOSING)]


def _require_of(line: bytes, uid: str) -> None:
    """Raise StorageUnavailable unless the line is the object's."""
    try:
        told = json.loads(line)[_UID]["Value"]
    except (ValueError, LookupError, TypeError, RecursionError):
        told = None
    if told != [uid]:
        raise StorageUnavailable("metadata tell of another object than the index")
