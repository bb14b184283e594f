"""Objects as they come, checked, gathered into packs, and told of in the series' index.

The first object makes a pack of its own: somebody waits for it. Others are closed at 8 MB, or a
second after the first of them. The stream from the site and the writing go on side by side.
"""

from __future__ import annotations

import hashlib
import mmap
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from io import BytesIO
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Final, Self

from functions.drimbox.images.dicom_json import data_set_json
from functions.drimbox.images.explicit import prepare
from functions.drimbox.images.frames import MAX_PIECES, pieces
from functions.drimbox.images.part10 import ObjectFacts, read_facts
from functions.drimbox.manifest.elements import Buffer, Malformed
from functions.drimbox.reading import have as index
from functions.drimbox.reading.ended import Ended, SiteFailed
from functions.drimbox.reading.have import Have, HaveInstance
from functions.drimbox.reading.pixel_patient import Identity, PixelPatient, patient_of
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from functions.drimbox.images.frames import Frames
    from functions.drimbox.oid import Uid
    from functions.drimbox.ports import CacheStore
    from functions.drimbox.reading.keys import SeriesFolder

PACK_BYTES: Final = 8 * 1024 * 1024
# Seconds after which objects are told of that wait in an open pack.
PACK_SECONDS: Final = 1.0
# Objects that were received and are not packed yet: each may have 512 MB, on the disk.
_WAITING: Final = 4
_CHUNK: Final = 1024 * 1024
_LOOK: Final = 0.5

DICOM: Final = "application/dicom"
Display = Callable[[Buffer, ObjectFacts], Mapping[str, Any]]
"""The facts that a viewer needs of an object, without any identity."""
Judge = Callable[[PixelPatient], Identity]


@frozen
class Expected:
    """The series as its manifest names it: ``wanted`` are all its objects."""

    study_instance_uid: Uid
    series_instance_uid: Uid
    wanted: frozenset[Uid]


@frozen
class Desk:
    """Where a series is packed, and how. ``run`` begins the names of this run's packs: two runs
    never write the same one. ``seconds`` is a pack's longest wait."""

    store: CacheStore
    folder: SeriesFolder
    run: str
    judge: Judge
    display: Display
    seconds: float = PACK_SECONDS


@frozen
class _Ready:
    """One object on the disk, checked; an image of this patient, as far as it tells."""

    facts: ObjectFacts
    path: Path
    size: int
    frames: Frames | None
    identity: Identity
    display: Mapping[str, Any]


class OtherPatient(SiteFailed):
    """An image is of another person: nothing of the series stays."""

    def __init__(self, patient: PixelPatient) -> None:
        super().__init__(Ended.DIFFERS, "the images are of another patient")
        self.patient = patient


class Packer:
    """Packs the objects of one series, in a thread of its own while the block lasts.

    ``offer`` takes files from several threads. The block ends once everything is stored; an error
    of the thread (OtherPatient, StorageUnavailable, OSError) leaves from it, or from ``offer``.
    """

    def __init__(self, desk: Desk, expected: Expected, have: Have) -> None:
        self._desk = desk
        self._expected = expected
        self._have = have
        self._there = set(have.uids)
        self._queue: Queue[Path | Event | None] = Queue(_WAITING)
        self._stopped = Event()
        self._failure: BaseException | None = None
        self._thread = Thread(target=self._run, name="packing", daemon=True)
        self._open: list[_Ready] = []
        self._opened_at = 0.0
        self._open_bytes = 0
        self._number = 0
        self.strangers = 0

    @property
    def have(self) -> Have:
        """The index as it was written last."""
        return self._have

    @property
    def is_empty(self) -> bool:
        """Whether nothing is there yet."""
        return not self._have.instances

    @property
    def missing(self) -> frozenset[Uid]:
        """The objects that are not there yet."""
        return self._expected.wanted - self.have.uids

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None and self._failure is None:
            with suppress(BaseException):
                self._put(None)
        else:
            self._stopped.set()
        self._thread.join()
        if error is None:
            self._require_running()

    def offer(self, path: Path) -> None:
        """Take the file of one object; it is removed once it is stored, or not wanted."""
        self._put(path)

    def settle(self) -> None:
        """Wait until all that was offered is stored and told of."""
        settled = Event()
        self._put(settled)
        while not settled.wait(_LOOK):
            self._require_running()

    def _put(self, item: Path | Event | None) -> None:
        while True:
            self._require_running()
            try:
                self._queue.put(item, timeout=_LOOK)
            except Full:
                continue
            return

    def _require_running(self) -> None:
        if self._failure is not None:
            raise self._failure

    # -- the thread

    def _run(self) -> None:
        try:
            while (item := self._next()) is not None:
                if isinstance(item, Event):
                    self._close()
                    item.set()
                else:
                    self._take(item)
            self._close()
        except BaseException as error:  # noqa: BLE001  # it leaves from the block
            self._failure = error

    def _next(self) -> Path | Event | None:
        """The next file, None at the end; an open pack is closed meanwhile when it is time."""
        while not self._stopped.is_set():
            left = self._opened_at + self._desk.seconds - time.monotonic() if self._open else _LOOK
            if left <= 0:
                self._close()
                continue
            try:
                return self._queue.get(timeout=left)
            except Empty:
                continue
        return None

    def _take(self, path: Path) -> None:
        ready = self._ready(path)
        if ready is None:
            path.unlink(missing_ok=True)
            return
        if not self._open:
            self._opened_at = time.monotonic()
        self._open.append(ready)
        self._open_bytes += ready.size
        is_first = not self._have.instances
        if is_first or self._open_bytes >= PACK_BYTES:
            self._close()

    def _ready(self, path: Path) -> _Ready | None:
        """The object made ready to be read, None when it is none that is awaited. OtherPatient."""
        try:
            facts = read_facts(path)
            if not self._is_awaited(facts):
                return None
            facts, frames = prepare(path, facts)
            patient, display = self._read(path, facts)
        except Malformed:
            self.strangers += 1
            return None
        identity = self._desk.judge(patient)
        if identity is Identity.DIFFERS:
            raise OtherPatient(patient)
        return _Ready(facts, path, path.stat().st_size, frames, identity, display)

    def _read(self, path: Path, facts: ObjectFacts) -> tuple[PixelPatient, Mapping[str, Any]]:
        """The patient of an object, and the facts of its display. Malformed."""
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            patient = patient_of(data_set_json(data, facts.dataset_offset))
            return patient, self._desk.display(data, facts)

    def _is_awaited(self, facts: ObjectFacts) -> bool:
        expected, uid = self._expected, facts.sop_instance_uid
        place = (facts.study_instance_uid, facts.series_instance_uid)
        if uid not in expected.wanted or place != (
            expected.study_instance_uid,
            expected.series_instance_uid,
        ):
            self.strangers += 1
            return False
        waiting = any(one.facts.sop_instance_uid == uid for one in self._open)
        return not waiting and uid not in self._there

    def _close(self) -> None:
        """Store the open pack, then the index that tells of it."""
        if not self._open:
            return
        name = f"pack-{self._desk.run}-{self._number:05d}"
        self._number += 1
        ready, self._open, self._open_bytes = self._open, [], 0
        key = self._desk.folder.pack(name)
        packed = self._store_one if len(ready) == 1 else self._store_several
        digests = packed(key, ready)
        instances = list(self._have.instances)
        room = MAX_PIECES - sum(pieces(one.frames or ()) for one in instances)
        offset = 0
        for one, digest in zip(ready, digests, strict=True):
            frames = one.frames if one.frames and pieces(one.frames) <= room else None
            room -= pieces(frames or ())
            instances.append(_told(one, name, offset, digest, frames))
            offset += one.size
        self._tell(tuple(instances), {one.identity for one in ready})
        for one in ready:
            one.path.unlink(missing_ok=True)

    def _store_one(self, key: str, ready: list[_Ready]) -> list[str]:
        """A pack of one object goes from the disk, whatever its size."""
        digest = hashlib.sha256()
        with ready[0].path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
            file.seek(0)
            self._desk.store.put(key, file, DICOM)
        return [digest.hexdigest()]

    def _store_several(self, key: str, ready: list[_Ready]) -> list[str]:
        contents = [one.path.read_bytes() for one in ready]
        self._desk.store.put(key, BytesIO(b"".join(contents)), DICOM)
        return [hashlib.sha256(one).hexdigest() for one in contents]

    def _tell(self, instances: tuple[HaveInstance, ...], judged: set[Identity]) -> None:
        before_this = len(self._have.instances)
        before = {self._have.identity} if before_this else set()
        agrees = before | judged == {Identity.AGREES}
        identity = Identity.AGREES if agrees else Identity.UNKNOWN
        told_now = replace(self._have, instances=instances, identity=identity)
        index.write(self._desk.store, self._desk.folder, told_now)
        self._have = told_now
        self._there.update(one.sop_instance_uid for one in told_now.instances[before_this:])


def _told(one: _Ready, pack: str, offset: int, digest: str, frames: Frames | None) -> HaveInstance:
    return HaveInstance(
        sop_instance_uid=one.facts.sop_instance_uid,
        transfer_syntax=one.facts.transfer_syntax,
        pack=pack,
        offset=offset,
        size=one.size,
        sha256=digest,
        frames=frames,
        display=one.display,
    )
