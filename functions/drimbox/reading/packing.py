"""Objects as they come, checked, gathered into packs, and told of in the series' index.

The first object makes a pack of its own: somebody waits for it. Others are closed at 8 MB, or a
second after the first of them. The stream from the site and the writing go on side by side.
"""

from __future__ import annotations

import hashlib
import time
from contextlib import suppress
from dataclasses import replace
from io import BytesIO
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import TYPE_CHECKING, Final, Self

from functions.drimbox.images.frames import MAX_PIECES, pieces
from functions.drimbox.reading import have as index
from functions.drimbox.reading.checking import Checker
from functions.drimbox.reading.have import Have, HaveInstance
from functions.drimbox.reading.pixel_patient import Identity
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from functions.drimbox.images.frames import Frames
    from functions.drimbox.oid import Uid
    from functions.drimbox.ports import CacheStore
    from functions.drimbox.reading.checking import Display, Expected, Judge, Ready
    from functions.drimbox.reading.keys import SeriesFolder

PACK_BYTES: Final = 8 * 1024 * 1024
# Seconds after which objects are told of that wait in an open pack.
PACK_SECONDS: Final = 1.0
# Objects that were received and are not packed yet: some MB each in memory, or 512 MB on the disk.
_WAITING: Final = 4
_CHUNK: Final = 1024 * 1024
_LOOK: Final = 0.5

DICOM: Final = "application/dicom"


@frozen
class Desk:
    """Where a series is packed, and how. ``run`` begins the names of this run's packs: two runs
    never write the same one. ``judge`` and ``display`` as in ``Checker``. ``seconds`` is a pack's
    longest wait."""

    store: CacheStore
    folder: SeriesFolder
    run: str
    judge: Judge
    display: Display
    seconds: float = PACK_SECONDS


class Packer:
    """Packs the objects of one series, in a thread of its own while the block lasts.

    ``offer`` takes objects from several threads; ``spool`` is for those that are written anew. The
    block ends once everything is stored; an error of the thread (OtherPatient, StorageUnavailable,
    OSError) leaves from it, or from ``offer``.
    """

    def __init__(self, desk: Desk, expected: Expected, have: Have, spool: Path) -> None:
        self._desk = desk
        self._expected = expected
        self._have = have
        self._checker = Checker(expected, desk.judge, desk.display, spool)
        # The objects that are told of, or will be.
        self._taken = set(have.uids)
        self._queue: Queue[bytes | Path | Event | None] = Queue(_WAITING)
        self._stopped = Event()
        self._failure: BaseException | None = None
        self._thread = Thread(target=self._run, name="packing", daemon=True)
        self._open: list[Ready] = []
        self._opened_at = 0.0
        self._open_bytes = 0
        self._number = 0
        self._index = index.Growing()

    @property
    def strangers(self) -> int:
        """How many objects were dropped."""
        return self._checker.strangers

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
        ready = self._checker.ready(content, self._taken)
        if ready is None:
            _remove(content)
            return
        if not self._open:
            self._opened_at = time.monotonic()
        self._open.append(ready)
        self._taken.add(ready.facts.sop_instance_uid)
        self._open_bytes += ready.size
        is_first = not self._have.instances
        if is_first or self._open_bytes >= PACK_BYTES:
            self._close()

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

    def _store_one(self, key: str, ready: list[Ready]) -> list[str]:
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

    def _store_several(self, key: str, ready: list[Ready]) -> list[str]:
        contents = [
            one.content if isinstance(one.content, bytes) else one.content.read_bytes()
            for one in ready
        ]
        self._desk.store.put(key, BytesIO(b"".join(contents)), DICOM)
        return [hashlib.sha256(one).hexdigest() for one in contents]

    def _tell(self, instances: tuple[HaveInstance, ...], judged: set[Identity]) -> None:
        before = {self._have.identity} if self._have.instances else set()
        agrees = before | judged == {Identity.AGREES}
        identity = Identity.AGREES if agrees else Identity.UNKNOWN
        told_now = replace(self._have, instances=instances, identity=identity)
        index.write(self._desk.store, self._desk.folder, told_now, self._index)
        self._have = told_now


def _remove(content: bytes | Path) -> None:
    if not isinstance(content, bytes):
        content.unlink(missing_ok=True)


def _told(one: Ready, pack: str, offset: int, digest: str, frames: Frames | None) -> HaveInstance:
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
