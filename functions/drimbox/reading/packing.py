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

from functions.drimbox.images.display import attributes_of
from functions.drimbox.images.explicit import prepare, prepare_held
from functions.drimbox.images.frames import MAX_PIECES, pieces
from functions.drimbox.images.part10 import ObjectFacts, facts_of, read_facts
from functions.drimbox.manifest.elements import Malformed
from functions.drimbox.reading import have as index
from functions.drimbox.reading.ended import Ended, SiteFailed
from functions.drimbox.reading.have import Have, HaveInstance
from functions.drimbox.reading.pixel_patient import TRAITS, Identity, PixelPatient, patient_of
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from functions.drimbox.images.dicom_json import Attributes, Known
    from functions.drimbox.images.frames import Frames
    from functions.drimbox.manifest.elements import Buffer
    from functions.drimbox.oid import Uid
    from functions.drimbox.ports import CacheStore
    from functions.drimbox.reading.keys import SeriesFolder

PACK_BYTES: Final = 8 * 1024 * 1024
# Seconds after which objects are told of that wait in an open pack.
PACK_SECONDS: Final = 1.0
# Objects that were received and are not packed yet: some MB each in memory, or 512 MB on the disk.
_WAITING: Final = 4
_CHUNK: Final = 1024 * 1024
_LOOK: Final = 0.5

DICOM: Final = "application/dicom"
Display = Callable[["Attributes", ObjectFacts, "Buffer"], Mapping[str, Any]]
"""The facts of display of an object, by its attributes, its facts and its bytes: no identity."""
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
    """One object in memory or on the disk, checked; an image of this patient, as far as it
    tells."""

    facts: ObjectFacts
    content: bytes | Path
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

    ``offer`` takes objects from several threads; ``spool`` is for those that are written anew. The
    block ends once everything is stored; an error of the thread (OtherPatient, StorageUnavailable,
    OSError) leaves from it, or from ``offer``.
    """

    def __init__(self, desk: Desk, expected: Expected, have: Have, spool: Path) -> None:
        self._desk = desk
        self._spool = spool
        self._expected = expected
        self._have = have
        self._there = set(have.uids)
        self._queue: Queue[bytes | Path | Event | None] = Queue(_WAITING)
        self._stopped = Event()
        self._failure: BaseException | None = None
        self._thread = Thread(target=self._run, name="packing", daemon=True)
        self._open: list[_Ready] = []
        self._opened_at = 0.0
        self._open_bytes = 0
        self._number = 0
        self._anew = 0
        self._known: Known = {}
        # Most objects of a series tell their patient in the same words.
        self._judged: dict[PixelPatient, Identity] = {}
        self._index = index.Growing()
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

    def offer(self, content: bytes | Path) -> None:
        """Take one object, or its file: that is removed once it is stored, or not wanted."""
        self._put(content)

    def settle(self) -> None:
        """Wait until all that was offered is stored and told of."""
        settled = Event()
        self._put(settled)
        while not settled.wait(_LOOK):
            self._require_running()

    def _put(self, item: bytes | Path | Event | None) -> None:
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

    def _next(self) -> bytes | Path | Event | None:
        """The next object, None at the end; an open pack is closed meanwhile when it is time."""
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

    def _take(self, content: bytes | Path) -> None:
        ready = self._ready(content)
        if ready is None:
            _remove(content)
            return
        if not self._open:
            self._opened_at = time.monotonic()
        self._open.append(ready)
        self._open_bytes += ready.size
        is_first = not self._have.instances
        if is_first or self._open_bytes >= PACK_BYTES:
            self._close()

    def _ready(self, content: bytes | Path) -> _Ready | None:
        """The object made ready to be read, None when it is none that is awaited. OtherPatient."""
        try:
            facts = facts_of(content) if isinstance(content, bytes) else read_facts(content)
            if not self._is_awaited(facts):
                return None
            if isinstance(content, bytes):
                ready = self._held(content, facts)
            else:
                ready = self._filed(content, facts)
        except Malformed:
            self.strangers += 1
            return None
        return ready

    def _held(self, content: bytes, facts: ObjectFacts) -> _Ready:
        prepared = prepare_held(content, facts)
        if prepared is None:
            self._anew += 1
            path = self._spool / f"anew-{self._anew}"
            path.write_bytes(content)
            try:
                return self._filed(path, facts)
            except BaseException:
                path.unlink(missing_ok=True)
                raise
        data, frames = prepared
        identity, display = self._read(data, facts)
        return _Ready(facts, data, len(data), frames, identity, display)

    def _filed(self, path: Path, facts: ObjectFacts) -> _Ready:
        facts, frames = prepare(path, facts)
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            identity, display = self._read(data, facts)
        return _Ready(facts, path, path.stat().st_size, frames, identity, display)

    def _read(self, data: Buffer, facts: ObjectFacts) -> tuple[Identity, Mapping[str, Any]]:
        """Whose the object is, and the facts of its display. Malformed, OtherPatient."""
        root = attributes_of(data, facts, TRAITS, self._known)
        patient = patient_of(root)
        identity = self._judged.get(patient)
        if identity is None:
            identity = self._desk.judge(patient)
            if identity is Identity.DIFFERS:
                raise OtherPatient(patient)
            self._judged[patient] = identity
        return identity, self._desk.display(root, facts, data)

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
            _remove(one.content)

    def _store_one(self, key: str, ready: list[_Ready]) -> list[str]:
        """A pack of one object goes from the disk, whatever its size."""
        content = ready[0].content
        if isinstance(content, bytes):
            return self._store_several(key, ready)
        digest = hashlib.sha256()
        with content.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
            file.seek(0)
            self._desk.store.put(key, file, DICOM)
        return [digest.hexdigest()]

    def _store_several(self, key: str, ready: list[_Ready]) -> list[str]:
        contents = [
            one.content if isinstance(one.content, bytes) else one.content.read_bytes()
            for one in ready
        ]
        self._desk.store.put(key, BytesIO(b"".join(contents)), DICOM)
        return [hashlib.sha256(one).hexdigest() for one in contents]

    def _tell(self, instances: tuple[HaveInstance, ...], judged: set[Identity]) -> None:
        before_this = len(self._have.instances)
        before = {self._have.identity} if before_this else set()
        agrees = before | judged == {Identity.AGREES}
        identity = Identity.AGREES if agrees else Identity.UNKNOWN
        told_now = replace(self._have, instances=instances, identity=identity)
        index.write(self._desk.store, self._desk.folder, told_now, self._index)
        self._have = told_now
        self._there.update(one.sop_instance_uid for one in told_now.instances[before_this:])


def _remove(content: bytes | Path) -> None:
    if not isinstance(content, bytes):
        content.unlink(missing_ok=True)


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
