"""One series from its site: the first image first, the rest behind it, resumed by object.

Everything that is stored stays: a run that was cut, killed or has come to its time goes on, in the
next one, with the objects that are missing.
"""

from __future__ import annotations

import time
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock, Thread
from typing import TYPE_CHECKING, Final

from functions.drimbox.reading import have as index
from functions.drimbox.reading.checking import Expected, OtherPatient
from functions.drimbox.reading.ended import Ended, SiteFailed
from functions.drimbox.reading.have import Have
from functions.drimbox.reading.packing import Packer
from functions.drimbox.reading.pixel_patient import Identity, told
from functions.drimbox.retry_after import whole_seconds
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from functions.drimbox.manifest.read import ManifestSeries
    from functions.drimbox.oid import Uid
    from functions.drimbox.ports import Clock
    from functions.drimbox.reading.packing import Desk
    from functions.drimbox.reading.peer import Peer

# Requests in a row that brought nothing, before the site counts as away.
TRIES: Final = 5
# Seconds between them, doubled each time; and the most that a site may ask for.
PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 30
# Seconds for which the object that is shown first has the site and the line to itself.
ALONE: Final = 0.3
# A volume is looked at from its middle.
_VOLUMES: Final = frozenset({"CT", "MR", "PT", "NM"})
_LEAST_VOLUME: Final = 10
# A site may give objects of the series that the manifest does not name; not any number of them.
_BESIDES: Final = 16
# Answers to a request for one object that say nothing of the series: the site may serve whole
# series only, or have lost this one object.
_OF_ONE_OBJECT: Final = frozenset({Ended.STALE, Ended.ODD, Ended.GONE})
# So many objects are asked for in one request again, unless it was cut so many times.
MANY: Final = 64
_CUTS: Final = 3
# Seconds for which a site is waited for that says when to come back: it fetches from its archive.
PATIENCE: Final = 300.0


@frozen
class Waiting:
    """Time for one run: ``deadline`` of ``monotonic``; ``pause`` waits so many seconds."""

    deadline: float
    clock: Clock
    monotonic: Callable[[], float] = time.monotonic
    pause: Callable[[float], None] = time.sleep

    @property
    def is_over(self) -> bool:
        """Whether the rest is for the next run."""
        return self.monotonic() >= self.deadline


def first_wanted(series: ManifestSeries) -> Uid:
    """The object that is shown first: a key image, the middle of a volume, else the first."""
    key = next((one for one in series.instances if one.is_key), None)
    if key is not None:
        return key.sop_instance_uid
    numbered = sorted(
        enumerate(series.instances),
        key=lambda one: (one[1].instance_number is None, one[1].instance_number or 0, one[0]),
    )
    is_volume = series.modality in _VOLUMES and len(numbered) >= _LEAST_VOLUME
    return numbered[len(numbered) // 2 if is_volume else 0][1].sop_instance_uid


def fetch_series(
    peer: Peer, desk: Desk, study: Uid, series: ManifestSeries, *, spool: Path, waiting: Waiting
) -> Have:
    """Fetch what is missing of ``series``; the index as it stands then, ``ended`` None when the
    time was over before.

    Raises StorageUnavailable, OSError when the disk cannot hold an object, and the errors of the
    peer's token.
    """
    expected = Expected(
        study, series.series_instance_uid, frozenset(i.sop_instance_uid for i in series.instances)
    )
    have = index.read(desk.store, desk.folder) or Have(len(expected.wanted))
    if have.ended is not None:
        return have
    try:
        with (
            TemporaryDirectory(dir=spool) as name,
            Packer(desk, expected, have, folder := Path(name)) as packer,
        ):
            run = _Run(peer, packer, series, folder, waiting)
            ended = run.fetch()
        have = packer.have
    except OtherPatient as other:
        return _removed(desk, have, other)
    have = replace(have, ended=ended)
    if ended is not None:
        index.write(desk.store, desk.folder, have)
    return have


def _removed(desk: Desk, have: Have, other: OtherPatient) -> Have:
    """Nothing of a series stays that holds another patient's image, but that it was so."""
    found = Have(
        have.awaited,
        identity=Identity.DIFFERS,
        ended=Ended.DIFFERS,
        patient=told(other.patient),
    )
    index.write(desk.store, desk.folder, found)
    desk.store.delete_under(desk.folder.prefix, keep=desk.folder.have)
    return found


class _Run:
    """The requests of one run.

    ``_complete``: the site has given all that it gives of the series. ``_denied``: it gives no
    single object, or not one that is missing. ``_redirected``: it does not give the series itself.
    """

    def __init__(
        self, peer: Peer, packer: Packer, series: ManifestSeries, folder: Path, waiting: Waiting
    ) -> None:
        self._peer = peer
        self._packer = packer
        self._series = series
        self._folder = folder
        self._waiting = waiting
        self._complete = self._denied = self._redirected = False
        self._cuts = 0
        self._requests = 0
        self._lock = Lock()

    def fetch(self) -> Ended | None:
        """Ask until everything is there; how it ended, None when the time is over."""
        failed, waited = 0, 0.0
        while missing := self._packer.missing:
            if self._denied and (self._complete or self._redirected):
                return Ended.ODD if self._packer.is_empty else Ended.PART
            if self._waiting.is_over:
                return None
            failure = self._ask(missing)
            self._packer.settle()
            failed = 0 if len(self._packer.missing) < len(missing) else failed + 1
            if failure is None:
                continue
            if failure.ended is not Ended.AWAY:
                return failure.ended
            asked = whole_seconds(failure.retry_after, self._waiting.clock.now(), least=0)
            if failed >= TRIES and (not asked or waited >= PATIENCE):
                return Ended.AWAY
            if failed:
                pause = min(max(asked, PAUSE * 2 ** (failed - 1)), LONGEST_PAUSE)
                self._waiting.pause(pause)
                waited += pause
        return Ended.WHOLE

    def _ask(self, missing: frozenset[Uid]) -> SiteFailed | None:
        """One round of requests. None also where the rest is to be asked for in another way."""
        if self._is_whole_wanted(missing):
            return self._ask_whole()
        return self._ask_singly(missing)

    def _is_whole_wanted(self, missing: frozenset[Uid]) -> bool:
        if self._complete or self._redirected:
            return False
        many = len(missing) > MANY and self._cuts < _CUTS
        return self._packer.is_empty or self._denied or many

    def _ask_whole(self) -> SiteFailed | None:
        """The series in one request; before it the object that is shown first, and beside it where
        that does not come at once."""
        first = None
        if self._packer.is_empty and not self._denied and len(self._series.instances) > 1:
            first = Thread(target=self._ask_first, name="first image", daemon=True)
            first.start()
            first.join(ALONE)
        parts = 2 * len(self._series.instances) + _BESIDES
        try:
            came = self._take(self._peer.series(self._spool(), parts=parts))
        except SiteFailed as failure:
            self._cuts += 1
            self._redirected = failure.redirected
            return None if failure.redirected else failure
        finally:
            if first is not None:
                first.join()
        if came:
            self._packer.settle()
            self._complete = True
            self._denied = self._packer.is_empty
        return None

    def _ask_first(self) -> None:
        # The request for the series, at the same time, tells all that can go wrong.
        with suppress(Exception):
            self._take(self._peer.instance(first_wanted(self._series), self._spool()))

    def _ask_singly(self, missing: frozenset[Uid]) -> SiteFailed | None:
        for one in self._series.instances:
            if self._waiting.is_over:
                return None
            if one.sop_instance_uid not in missing:
                continue
            try:
                self._take(self._peer.instance(one.sop_instance_uid, self._spool()))
            except SiteFailed as failure:
                if failure.ended not in _OF_ONE_OBJECT:
                    return failure
                self._denied = True
                if not self._complete:
                    return None
        self._packer.settle()
        # A site that answers and gives none of them does not give them in the next round either.
        self._denied |= self._packer.missing == missing
        return None

    def _take(self, objects: Generator[bytes | Path, None, None]) -> bool:
        """Pack the objects of one answer; False when the time was over before its end."""
        with closing(objects):
            for one in objects:
                self._packer.offer(one)
                if self._waiting.is_over:
                    return False
        return True

    def _spool(self) -> Path:
        """A folder of its own for the files of one request."""
        with self._lock:
            self._requests += 1
            folder = self._folder / str(self._requests)
        folder.mkdir()
        return folder
