"""The preparation of series in the campaign: the PACS that gives them, the cache, and its judge."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, Final

from functions.drimbox.errors import PacsUnavailable, StorageUnavailable
from functions.drimbox.images.cache import decode
from functions.drimbox.images.cache_keys import SeriesKeys
from functions.drimbox.oid import Uid
from functions.drimbox.ports import StoredObject
from functions.drimbox.study.index import SeriesIndex, StudyIndex
from tests.campaign.faults import Fault
from tests.campaign.pacs import PartialPacs
from tests.drimbox.images.samples import instance
from tests.fakes.memory import MemoryCache
from tests.fakes.world import Calls, Port

SPOOL: Final = Path(tempfile.gettempdir())
# The object that the PACS spoils, by its number.
SPOILED: Final = 2


@cache
def stored(study: str, series: str, uid: str) -> bytes:
    """The object of that UID as the PACS holds it, in a syntax that is served as it is."""
    number = int(uid.rpartition(".")[2])
    return instance(number, StudyInstanceUID=study, SeriesInstanceUID=series, SOPInstanceUID=uid)


def _cut(study: str, series: str, uid: str) -> bytes:
    return stored(study, series, uid)[:-4]


def _of_another(study: str, series: str, uid: str) -> bytes:
    return stored(f"{study}.9", series, uid)


def _nameless(*_: str) -> bytes:
    return b"DICOM, once"


_MADE: Final[Mapping[Fault | None, Callable[[str, str, str], bytes]]] = {
    Fault.CUT: _cut,
    Fault.OF_ANOTHER: _of_another,
    Fault.NAMELESS: _nameless,
}


@dataclass
class Source:
    """The PACS as the source of a series; ``at_fault``: the studies with an object that is cut."""

    pacs: PartialPacs
    calls: Calls
    at_fault: set[Uid]

    def retrieve_series(self, study: Uid, series: Uid, spool: Path) -> Iterator[Path]:
        given: Iterator[Path] = self.calls.call(
            "pacs.retrieve_series", self._give, study, series, spool
        )
        return given

    def unavailable(self, detail: str) -> PacsUnavailable:
        return PacsUnavailable(detail)

    def _give(self, study: Uid, series: Uid, spool: Path) -> Iterator[Path]:
        found = self.pacs.studies.get(study)
        is_last = found is not None and found.series[-1].series_instance_uid == series
        is_cut = is_last and study in self.at_fault
        fault = self.pacs.fault or (Fault.CUT if is_cut else None)
        of_series = [s for s in found.series if s.series_instance_uid == series] if found else []
        uids = [ref.sop_instance_uid for one in of_series for ref in one.instances]
        if fault is Fault.LESS_FILES:
            uids = uids[:-1]
        paths = []
        for number, uid in enumerate(uids, 1):
            make = _MADE.get(fault, stored) if number == SPOILED else stored
            paths.append(spool / str(number))
            paths[-1].write_bytes(make(study, series, uid))
        return _broken_off(paths) if fault is Fault.HALF_WAY else iter(paths)


def _broken_off(paths: list[Path]) -> Iterator[Path]:
    yield from paths[:-1]
    raise PacsUnavailable("injected")


@dataclass
class Images(MemoryCache):
    """The image cache with the objects that it holds."""

    objects: dict[str, bytes] = field(default_factory=dict)

    def delete_under(self, prefix: str, *, keep: str = "") -> int:
        gone = [
            k for k in self.objects if k.startswith(prefix) and not (keep and k.startswith(keep))
        ]
        for key in gone:
            del self.objects[key]
        return len(gone)

    def put(self, key: str, data: bytes) -> None:
        self.objects[key] = data

    def get(self, key: str) -> bytes | None:
        return self.objects.get(key)


class CountedImages:
    """The same as a ``CacheStore``, each call numbered."""

    def __init__(self, images: Images, calls: Calls) -> None:
        self._images = images
        self._calls = calls

    def put(self, key: str, data: BinaryIO, content_type: str) -> None:
        content = data.read()
        self._calls.call("cache.put", self._images.put, key, content)

    def get(self, key: str, *, max_bytes: int) -> bytes | None:
        found: bytes | None = self._calls.call("cache.get", self._images.get, key)
        return found

    def get_range(self, key: str, offset: int, size: int) -> bytes | None:
        found: bytes | None = self._calls.call("cache.get_range", self._images.get, key)
        if found is not None and len(found) < offset + size:
            raise StorageUnavailable("shorter than it was told to be")
        return found and found[offset : offset + size]

    def look(self, key: str) -> StoredObject | None:
        found: bytes | None = self._calls.call("cache.look", self._images.get, key)
        return (
            None if found is None else StoredObject(len(found), hashlib.sha256(found).hexdigest())
        )

    def keep(self, key: str) -> None:
        self._calls.call("cache.keep", self._images.get, key)

    def upload(self, key: str, content_type: str) -> Any:
        made = self._calls.call("cache.upload", _Upload, self._images, key)
        return Port("upload", made, self._calls)

    def delete_under(self, prefix: str) -> int:
        gone: int = self._calls.call("cache.delete_under", self._images.delete_under, prefix)
        return gone


@dataclass
class _Upload:
    images: Images
    key: str
    parts: dict[int, bytes] = field(default_factory=dict)

    def add(self, number: int, part: bytes) -> None:
        self.parts[number] = part

    def complete(self) -> None:
        self.images.put(self.key, b"".join(part for _, part in sorted(self.parts.items())))

    def abort(self) -> None:
        self.parts.clear()


def with_more_series(study: StudyIndex, number: int) -> StudyIndex:
    """``study``, whose one series is there ``number`` times under UIDs of their own."""
    (first,) = study.series
    return replace(study, series=tuple(_again(first, study, n) for n in range(1, number + 1)))


def _again(series: SeriesIndex, study: StudyIndex, number: int) -> SeriesIndex:
    uid = Uid(f"{study.study_instance_uid}.{number}")
    instances = tuple(
        replace(one, sop_instance_uid=Uid(f"{uid}.{place}"))
        for place, one in enumerate(series.instances, 1)
    )
    return replace(series, series_instance_uid=uid, number=number, instances=instances)


def is_whole(images: Images, keys: SeriesKeys, uids: Iterable[str]) -> bool:
    """Whether the cache holds that series: just these objects, byte for byte as the PACS does."""
    index = decode(images.objects.get(keys.index, b"{}"))
    body = images.objects.get((index.body if index else "") or keys.multipart, b"")
    if index is None or hashlib.sha256(body).hexdigest() != index.sha256:
        return False
    held = {
        one.sop_instance_uid: body[one.offset : one.offset + one.size] for one in index.instances
    }
    place = (keys.study_instance_uid, keys.series_instance_uid)
    return held == {uid: stored(*place, uid) for uid in uids}
