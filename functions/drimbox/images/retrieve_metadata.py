"""The answer to a request for metadata (PS3.18 10.4.1.1.2): the attributes of each object, as DICOM
JSON, bulk data left out.
"""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Final

from functions.drimbox.accept import prefer_media, takes_gzip
from functions.drimbox.errors import NotAcceptable, StorageUnavailable, TooLarge
from functions.drimbox.images.cache import DIRECT_LIMIT
from functions.drimbox.images.retrieve import ready, require_named
from functions.drimbox.images.stored_metadata import (
    CLOSING,
    OPENING,
    SEPARATOR,
    StoredSeries,
    attributes,
    lines,
    packed,
    stored_series,
)
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


@frozen
class Metadata:
    """Answer 200: the metadata of the objects of ``series``, of one of them where ``instance`` is
    not empty. ``gzipped``: as gzip."""

    content_type: str
    gzipped: bool
    series: tuple[StoredSeries, ...]
    instance: str = ""

    def body(self, read: Callable[[str], bytes | None]) -> bytes:
        """The body, at most DIRECT_LIMIT bytes; ``read(key)`` is ``CacheStore.get``.

        Raises TooLarge; StorageUnavailable where something is gone, or is not what was stored.
        """
        stored = [packed(one, read) for one in self.series]
        if self.gzipped and len(stored) == 1 and not self.instance:
            return _fitting(stored[0])
        wanted = [
            line
            for one, data in zip(self.series, stored, strict=True)
            for line in self._lines(one, data)
        ]
        plain = OPENING + SEPARATOR.join(wanted) + CLOSING
        return _fitting(gzip.compress(plain, 6, mtime=0) if self.gzipped else plain)

    def _lines(self, series: StoredSeries, stored: bytes) -> Iterator[bytes]:
        for line, uid in zip(lines(series, stored), series.objects, strict=True):
            if self.instance in {"", uid}:
                attributes(line, uid)
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
    form = require_form(accept)
    named = require_named(current, target, kos_sop_instance_uid, notes)
    series = tuple(stored_series(keys, ready(index_of(keys))) for keys in named)
    instance = target.sop_instance_uid or ""
    if instance and instance not in series[0].objects:
        raise StorageUnavailable("a cache index lacks an object of its manifest")
    return Metadata(form, takes_gzip(accept_encoding), series, instance)


def require_form(accept: Sequence[str]) -> str:
    """The media type of DICOM JSON that the header's lines like most; NotAcceptable for none."""
    form = prefer_media(accept, FORMS)
    if form is None:
        raise NotAcceptable("attributes are DICOM JSON")
    return form


def _fitting(body: bytes) -> bytes:
    if len(body) > DIRECT_LIMIT:
        raise TooLarge("the metadata are too large for one answer: ask for a part, or for gzip")
    return body
