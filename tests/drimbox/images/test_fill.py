from __future__ import annotations

import errno
import gzip
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from threading import Event
from types import SimpleNamespace

import pydicom
import pytest

from functions.drimbox.errors import (
    Absent,
    ObjectUnservable,
    PacsUnavailable,
    StorageUnavailable,
)
from functions.drimbox.images import explicit, fill
from functions.drimbox.images.cache import (
    DIRECT_LIMIT,
    CachedSeries,
    instance_layout,
    is_unservable,
    read_index,
)
from functions.drimbox.images.cache_keys import SeriesKeys
from functions.drimbox.images.fill import assemble, fill_series
from functions.drimbox.images.multipart import Item, boundary_of, read_parts
from functions.drimbox.oid import Uid
from tests.drimbox.images.samples import (
    BIG,
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
    JPEG_LS,
    MANIFEST,
    SERIES,
    STUDY,
    FolderPacs,
    MemoryStore,
    MemoryUpload,
    dataset,
    instance,
    manifest,
)

KEYS = SeriesKeys(STUDY, MANIFEST, SERIES)


def filled(store: MemoryStore, spool: Path, objects: list[bytes], *numbers: int) -> CachedSeries:
    index = fill_series(FolderPacs(objects), store, manifest(*numbers), SERIES, spool=spool)
    assert list(spool.iterdir()) == []
    return index


def body_parts(store: MemoryStore, key: str, folder: Path) -> list[bytes]:
    boundary = boundary_of(store.types[key])
    return [part.path.read_bytes() for part in read_parts([store.objects[key]], boundary, folder)]


def test_a_series_is_stored_whole_and_in_order(tmp_path: Path) -> None:
    store = MemoryStore()
    objects = [instance(11, JPEG_LS), instance(2, IMPLICIT), instance(1, EXPLICIT)]
    index = filled(store, tmp_path, objects, 1, 2, 11)
    uids = [f"{SERIES}.{number}" for number in (1, 2, 11)]
    assert [one.sop_instance_uid for one in index.instances] == uids
    assert [one.transfer_syntax for one in index.instances] == [EXPLICIT, EXPLICIT, JPEG_LS]
    assert read_index(store, KEYS) == index
    whole = store.objects[KEYS.multipart]
    assert (index.size, index.sha256) == (len(whole), hashlib.sha256(whole).hexdigest())
    assert store.types[KEYS.multipart] == index.content_type
    assert "transfer-syntax" not in index.content_type
    for one in index.instances:
        data = whole[one.offset : one.offset + one.size]
        assert pydicom.dcmread(BytesIO(data)).SOPInstanceUID == one.sop_instance_uid
        assert hashlib.sha256(data).hexdigest() == one.sha256
        assert one.frames is not None
        ((offset, size),) = one.frames
        assert data[offset : offset + size] == dataset(int(one.sop_instance_uid[14:])).PixelData
    assert set(store.objects) == {KEYS.multipart, KEYS.metadata, KEYS.display, KEYS.index}
    folder = tmp_path / "parts"
    folder.mkdir()
    parts = body_parts(store, KEYS.multipart, folder)
    assert [pydicom.dcmread(BytesIO(one)).SOPInstanceUID for one in parts] == uids
    metadata = json.loads(gzip.decompress(store.objects[KEYS.metadata]))
    assert [one["00080018"]["Value"] for one in metadata] == [[uid] for uid in uids]


def test_the_index_is_written_last(tmp_path: Path) -> None:
    store = MemoryStore()
    filled(store, tmp_path, [instance(1), instance(2)], 1, 2)
    assert store.written == [KEYS.multipart, KEYS.metadata, KEYS.display, KEYS.index]


def test_a_cached_series_is_not_fetched_again(tmp_path: Path) -> None:
    store = MemoryStore()
    index = filled(store, tmp_path, [instance(1)], 1)
    pacs = FolderPacs([], PacsUnavailable("must not be asked"))
    assert fill_series(pacs, store, manifest(1), SERIES, spool=tmp_path) == index
    assert pacs.asked == []


def test_objects_without_number_come_last(tmp_path: Path) -> None:
    store = MemoryStore()
    index = filled(store, tmp_path, [instance(1, InstanceNumber=None), instance(2)], 1, 2)
    assert [one.sop_instance_uid for one in index.instances] == [f"{SERIES}.2", f"{SERIES}.1"]


STRANGERS: dict[str, bytes] = {
    "not named": instance(9),
    "of another study": instance(1, StudyInstanceUID="1.2.3"),
    "of another series": instance(1, SeriesInstanceUID="1.2.3"),
    "not DICOM": b"garbage",
    "cut": instance(1)[:-4],
    "twice": instance(2),
}


@pytest.mark.parametrize("name", STRANGERS)
def test_strangers_are_dropped(name: str, tmp_path: Path) -> None:
    store = MemoryStore()
    objects = [instance(2), STRANGERS[name], instance(1)]
    index = filled(store, tmp_path, objects, 1, 2)
    assert [one.sop_instance_uid for one in index.instances] == [f"{SERIES}.1", f"{SERIES}.2"]
    folder = tmp_path / "parts"
    folder.mkdir()
    assert len(body_parts(store, KEYS.multipart, folder)) == 2


def test_a_missing_object_is_no_series(tmp_path: Path) -> None:
    store = MemoryStore()
    with pytest.raises(PacsUnavailable, match="1 of 2"):
        filled(store, tmp_path, [instance(1)], 1, 2)
    assert KEYS.index not in store.objects
    assert list(tmp_path.iterdir()) == []
    assert len(filled(store, tmp_path, [instance(1), instance(2)], 1, 2).instances) == 2


CUT = instance(1)[:-4]
FAULTS: dict[str, tuple[list[bytes], list[int]]] = {
    "cut": ([CUT, instance(2)], [1]),
    "cut in Implicit VR": ([instance(1, IMPLICIT)[:-4], instance(2)], [1]),
    "two cut": ([CUT, instance(2, BIG)[:-4]], [1, 2]),
    "of another study": ([instance(1, StudyInstanceUID="1.2.3"), instance(2)], [1]),
    "of another series": ([instance(1, SeriesInstanceUID="1.2.3"), instance(2)], [1]),
    "nameless": ([b"garbage", instance(2)], [1]),
    "nameless and cut": ([b"garbage", instance(2)[:-4]], [1, 2]),
    "no study": ([instance(1, StudyInstanceUID=None), instance(2)], [1]),
    "cut, the other not given": ([CUT], [1]),
}


@pytest.mark.parametrize("name", FAULTS)
def test_objects_that_can_never_be_served_are_named(name: str, tmp_path: Path) -> None:
    given, at_fault = FAULTS[name]
    store = MemoryStore()
    with pytest.raises(ObjectUnservable) as raised:
        filled(store, tmp_path, given, 1, 2)
    uids = [f"{SERIES}.{number}" for number in at_fault]
    assert list(raised.value.objects) == uids
    assert json.loads(store.objects[KEYS.unservable]) == uids
    assert is_unservable(store, KEYS)
    assert KEYS.index not in store.objects
    assert list(tmp_path.iterdir()) == []
    # Once the PACS is corrected the same call succeeds.
    filled(store, tmp_path, [instance(1), instance(2)], 1, 2)
    assert not is_unservable(store, KEYS)


@pytest.mark.parametrize("given", [[], [instance(1)], [b"garbage"]])
def test_objects_that_are_not_given_are_no_fault_of_content(
    given: list[bytes], tmp_path: Path
) -> None:
    store = MemoryStore()
    with pytest.raises(PacsUnavailable):
        filled(store, tmp_path, given, 1, 2)
    assert not is_unservable(store, KEYS)
    assert list(store.objects) == []


def test_a_sound_copy_of_an_object_at_fault_is_served(tmp_path: Path) -> None:
    store = MemoryStore()
    for given in ([CUT, instance(1)], [instance(1), CUT]):
        assert len(filled(store, tmp_path, given, 1).instances) == 1
        store.objects.clear()


def test_a_pacs_that_fails_half_way_leaves_no_index(tmp_path: Path) -> None:
    store = MemoryStore()
    pacs = FolderPacs([instance(1)], PacsUnavailable("gone"))
    with pytest.raises(PacsUnavailable, match="gone"):
        fill_series(pacs, store, manifest(1, 2), SERIES, spool=tmp_path)
    assert KEYS.index not in store.objects
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("key", ["series.multipart", "metadata", "index.json"])
def test_a_store_that_fails_leaves_no_index_and_a_retry_gives_the_same(
    key: str, tmp_path: Path
) -> None:
    store = MemoryStore(broken={key: StorageUnavailable("down")})
    with pytest.raises(StorageUnavailable):
        filled(store, tmp_path, [instance(1), instance(2)], 1, 2)
    assert KEYS.index not in store.objects
    assert store.aborted == ([KEYS.multipart] if key == "series.multipart" else [])
    index = filled(store, tmp_path, [instance(1), instance(2)], 1, 2)
    other = MemoryStore()
    assert filled(other, tmp_path, [instance(2), instance(1)], 1, 2) == index
    assert store.objects == other.objects


@dataclass
class FullDisk(FolderPacs):
    """The disk is full once the PACS has given its objects."""

    def retrieve_series(self, study: Uid, series: Uid, spool: Path) -> Iterator[Path]:
        yield from super().retrieve_series(study, series, spool)
        raise OSError(errno.ENOSPC, "no space left on device")


def test_a_series_larger_than_the_disk_leaves_no_index_and_frees_the_disk(tmp_path: Path) -> None:
    store = MemoryStore()
    with pytest.raises(OSError, match="no space left") as raised:
        fill_series(FullDisk([instance(1)]), store, manifest(1, 2), SERIES, spool=tmp_path)
    assert raised.value.errno == errno.ENOSPC
    assert KEYS.index not in store.objects
    assert list(tmp_path.iterdir()) == []
    # The next series finds the whole disk.
    assert len(filled(store, tmp_path, [instance(1), instance(2)], 1, 2).instances) == 2


@pytest.mark.parametrize("syntax", [IMPLICIT, BIG, DEFLATED])
@pytest.mark.parametrize("missing", [0, 1])
def test_an_object_is_converted_only_where_there_is_room_for_it(
    syntax: str, missing: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = instance(1, syntax)
    usage = SimpleNamespace(free=2 * len(given) - missing)
    monkeypatch.setattr(explicit, "disk_usage", lambda _: usage)
    store = MemoryStore()
    if missing:
        # Not PacsUnavailable: the PACS has given what it had, and is not asked again.
        with pytest.raises(OSError, match="no room to convert"):
            filled(store, tmp_path, [given], 1)
        assert KEYS.index not in store.objects
        assert list(tmp_path.iterdir()) == []
    else:
        assert len(filled(store, tmp_path, [given], 1).instances) == 1


def test_an_object_without_conversion_needs_no_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explicit, "disk_usage", lambda _: SimpleNamespace(free=0))
    assert len(filled(MemoryStore(), tmp_path, [instance(1, JPEG_LS)], 1).instances) == 1


def test_only_series_of_the_manifest_are_filled(tmp_path: Path) -> None:
    with pytest.raises(Absent):
        fill_series(FolderPacs([]), MemoryStore(), manifest(1), Uid("1.2.3"), spool=tmp_path)


def test_large_objects_have_a_body_of_their_own_and_go_up_in_parts(tmp_path: Path) -> None:
    store = MemoryStore()
    pixels = os.urandom(5 * 1024 * 1024)
    large = [instance(n, PixelData=pixels) for n in (1, 2)]
    index = filled(store, tmp_path, [*large, instance(3)], 1, 2, 3)
    folder = tmp_path / "parts"
    folder.mkdir()
    for one in index.instances:
        key = KEYS.instance_multipart(one.sop_instance_uid)
        assert (key in store.objects) == (one.size > DIRECT_LIMIT)
        if key in store.objects:
            item = Item(one.size, one.transfer_syntax)
            layout = instance_layout(KEYS, one.sop_instance_uid, item)
            alone = store.objects[KEYS.instance(one.sop_instance_uid)]
            assert hashlib.sha256(alone).hexdigest() == one.sha256
            assert store.types[key] == layout.content_type
            assert store.objects[key] == layout.heads[0] + alone + layout.tail
    assert len(body_parts(store, KEYS.multipart, folder)) == 3


@pytest.mark.parametrize("bytes_more", [-1, 1])
@pytest.mark.parametrize("large", [False, True])
def test_a_spool_that_changes_is_not_served(
    large: bool, bytes_more: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept: Callable[..., fill._Spooled | None] = fill._accept

    def wrong(*args: object) -> fill._Spooled | None:
        one = accept(*args)
        return one and replace(one, size=one.size - bytes_more)

    monkeypatch.setattr(fill, "_accept", wrong)
    store = MemoryStore()
    given = [instance(1, PixelData=bytes(5 << 20)) if large else instance(1), instance(2)]
    with pytest.raises(PacsUnavailable, match="changed"):
        filled(store, tmp_path, given, 1, 2)
    whose = KEYS.instance_multipart(Uid(f"{SERIES}.1")) if large else KEYS.multipart
    assert store.aborted == [whose]
    assert KEYS.index not in store.objects


def test_a_large_answer_that_cannot_be_stored_leaves_no_index(tmp_path: Path) -> None:
    given = [instance(1, PixelData=bytes(5 << 20)), instance(2)]
    for key in (".1.dcm", ".1.multipart"):
        store = MemoryStore(broken={key: StorageUnavailable("down")})
        with pytest.raises(StorageUnavailable):
            filled(store, tmp_path, given, 1, 2)
        assert KEYS.index not in store.objects
        assert len(filled(store, tmp_path, given, 1, 2).instances) == 2


def test_an_index_names_a_bounded_number_of_frames(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An object whose frames are not named is served all the same."""
    monkeypatch.setattr(fill, "MAX_PIECES", 4)
    given = [
        instance(number, NumberOfFrames=frames, Rows=4 // frames)
        for number, frames in ((1, 2), (2, 4), (3, 2), (4, 1))
    ]
    index = filled(MemoryStore(), tmp_path, given, 1, 2, 3, 4)
    assert [one.frames and len(one.frames) for one in index.instances] == [2, None, 2, None]


@dataclass
class OvertakenUpload(MemoryUpload):
    """The first part arrives after the second; ``fails`` names one that does not arrive."""

    least: int = 0
    fails: int = 0
    ended: list[int] = field(default_factory=list)
    aborted_after: list[int] = field(default_factory=list)
    second: Event = field(default_factory=Event)

    def add(self, number: int, part: bytes) -> None:
        if number == 1:
            assert self.second.wait(5)
        self.ended.append(number)
        if number == 2:
            self.second.set()
        if number == self.fails:
            raise StorageUnavailable("down")
        super().add(number, part)

    def abort(self) -> None:
        self.aborted_after = list(self.ended)
        super().abort()


@pytest.mark.parametrize("fails", [0, 1, 2, 4])
def test_parts_that_overtake_each_other_are_one_body_or_none(
    fails: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fill, "PART_BYTES", 512)
    store = MemoryStore()
    uploads: list[OvertakenUpload] = []

    def upload(key: str, content_type: str) -> MemoryUpload:
        uploads.append(OvertakenUpload(store, key, content_type, fails=fails))
        return uploads[-1]

    monkeypatch.setattr(store, "upload", upload)
    given = [instance(number) for number in range(1, 7)]
    if fails:
        with pytest.raises(StorageUnavailable):
            filled(store, tmp_path, given, *range(1, 7))
        # No part is still on its way when the upload is forgotten.
        assert uploads[0].aborted_after == uploads[0].ended
        assert (store.aborted, store.objects) == ([KEYS.multipart], {})
    else:
        index = filled(store, tmp_path, given, *range(1, 7))
        assert uploads[0].ended.index(2) < uploads[0].ended.index(1)
        whole = store.objects[KEYS.multipart]
        assert hashlib.sha256(whole).hexdigest() == index.sha256


MEMORY = """
import resource, sys
from pathlib import Path
from functions.drimbox.images.fill import fill_series
from tests.drimbox.images.samples import BIG, EXPLICIT, SERIES, dataset, instance, manifest, part10

class Upload:
    def add(self, number, part): pass
    def complete(self): pass
    def abort(self): pass

class Store:
    def put(self, key, data, content_type):
        while data.read(1 << 16): pass
    def get(self, key, *, max_bytes): return None
    def upload(self, key, content_type): return Upload()

count, size, syntax = int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
source = Path(sys.argv[1]) / "source"
head = instance(1, syntax, PixelData=None)
tag = b"\\x7f\\xe0\\x00\\x10OW\\0\\0" if syntax == BIG else b"\\xe0\\x7f\\x10\\x00OW\\0\\0"
order = "big" if syntax == BIG else "little"

class Pacs:
    def retrieve_series(self, study, series, spool):
        for number in range(1, count + 1):
            path = spool / f"given-{number}"
            with path.open("wb") as file:
                file.write(instance(number, syntax, PixelData=None))
                file.write(tag + size.to_bytes(4, order))
                for _ in range(size // 65536):
                    file.write(bytes(65536))
            yield path

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

wanted = manifest(*range(1, count + 1))
before = peak()
index = fill_series(Pacs(), Store(), wanted, SERIES, spool=Path(sys.argv[1]))
print(len(index.instances), index.size, peak() - before)
"""


@pytest.mark.parametrize(
    ("count", "size", "syntax"),
    [(200, 1 << 20, EXPLICIT), (1, 210 << 20, EXPLICIT), (1, 210 << 20, BIG)],
)
def test_memory_does_not_follow_the_size(
    count: int, size: int, syntax: str, tmp_path: Path
) -> None:
    """A series of 210 MB, in many objects or in one, takes at most 64 MiB over the start."""
    run = subprocess.run(
        [sys.executable, "-c", MEMORY, tmp_path, str(count), str(size), syntax],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
        env={"PYTHONPATH": ".", "PATH": os.environ["PATH"]},
    )
    objects, total, grown = map(int, run.stdout.split())
    assert objects == count
    assert total > count * size
    assert grown <= 64


def test_a_body_alone_is_the_one_of_a_fill(tmp_path: Path) -> None:
    objects = [instance(2), instance(1), instance(3)]
    whole, alone = MemoryStore(), MemoryStore()
    index = fill_series(FolderPacs(objects), whole, manifest(1, 2), SERIES, spool=tmp_path)
    keys = SeriesKeys(STUDY, MANIFEST, SERIES)
    wanted = [Uid(f"{SERIES}.{number}") for number in (1, 2)]
    assert assemble(FolderPacs(objects), alone, keys, wanted, spool=tmp_path) == index
    assert alone.objects == {keys.multipart: whole.objects[keys.multipart]}
    assert list(tmp_path.iterdir()) == []


def test_a_body_alone_is_whole_or_not_stored(tmp_path: Path) -> None:
    keys, store = SeriesKeys(STUDY, MANIFEST, SERIES), MemoryStore()
    wanted = [Uid(f"{SERIES}.{number}") for number in (1, 2)]
    with pytest.raises(PacsUnavailable, match="1 of 2"):
        assemble(FolderPacs([instance(1)]), store, keys, wanted, spool=tmp_path)
    cut = [instance(1), instance(2)[:-8]]
    with pytest.raises(ObjectUnservable):
        assemble(FolderPacs(cut), store, keys, wanted, spool=tmp_path)
    assert store.objects == {}
