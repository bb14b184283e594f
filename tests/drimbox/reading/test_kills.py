"""An exam from its opening to its last image, killed or failed at each external call in turn.

After each fault, every index that the pages may read names objects that are there, byte for byte;
and once the calls succeed again, the opening and the workflow's own tries make the exam whole.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from functions.drimbox.errors import DmpUnavailable, StorageUnavailable
from functions.drimbox.oid import Uid
from functions.drimbox.peers.white_list import WhiteList
from functions.drimbox.reading import packing
from functions.drimbox.reading.exam_series import Run, Sites, fetch
from functions.drimbox.reading.fetching import Waiting
from functions.drimbox.reading.opening import open_exam, reading_of
from functions.drimbox.reading.peer import Peer
from functions.drimbox.reading.planning import Outcome, plan
from functions.drimbox.reading.readings import Opened
from functions.drimbox.reading.shelf import Reading, Shelf
from functions.drimbox.transport import open_client
from tests.drimbox.consultation.readers import CALL
from tests.drimbox.images.samples import SERIES, MemoryStore
from tests.drimbox.reading.exam_scenes import (
    HOST,
    SECOND,
    answering,
    exam_entry,
    images,
    manifest,
)
from tests.drimbox.reading.shelves import PAGE, SESSION, shelf
from tests.drimbox.reading.sites import white_list
from tests.fakes.memory import VirtualClock

WHOLE: Final = os.environ.get("PROOF") == "whole"
OBJECTS: Final = {**images(1, 2, 3), **images(1, 2, series=SECOND)}
DATA: Final = manifest(series={SERIES: 3, SECOND: 2})


_DOWN: Final = StorageUnavailable("down")


class Killed(BaseException):
    """The process ends here: nothing of it happens any more."""


@dataclass
class Fault:
    """Strikes the call of that ``number``, before it is made or after; ``kills``, or the call
    fails as its kind does."""

    number: int = 0
    after: bool = False
    kills: bool = True
    calls: int = 0
    dead: bool = False

    def around(self, call: Callable[[], Any], error: Exception = _DOWN) -> Any:
        if self.dead:
            raise Killed
        self.calls += 1
        strikes = self.calls == self.number
        if strikes and not self.after:
            self._strike(error)
        found = call()
        if strikes and self.after:
            self._strike(error)
        return found

    def _strike(self, error: Exception) -> None:
        if self.kills:
            self.dead = True
            raise Killed
        raise error


@dataclass
class World:
    """The stores and the site, each of whose calls may be struck."""

    folder: Path
    made: Shelf = field(default_factory=shelf)
    fault: Fault = field(default_factory=Fault)
    runs: int = 0
    started: set[tuple[str, int]] = field(default_factory=set)

    def __post_init__(self) -> None:
        store: Any = self.made.store
        records: Any = self.made.readings.sealed.store
        for thing, names in ((store, ("put", "get")), (records, ("put", "get"))):
            for name in names:
                setattr(thing, name, self._struck(getattr(thing, name)))

    def _struck(self, call: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *given, **named: self.fault.around(lambda: call(*given, **named))

    def start(self, page: str, exam: str, run: int) -> None:
        self.fault.around(lambda: self.started.add((exam, run)))

    def record(self, event: str, **_: Any) -> None:
        self.fault.around(lambda: event)

    def _dmp(self) -> bytes:
        data: bytes = self.fault.around(lambda: DATA, DmpUnavailable("down"))
        return data

    def _answer(self, request: httpx.Request) -> httpx.Response:
        answer = answering(OBJECTS)
        found: httpx.Response = self.fault.around(lambda: answer(request), httpx.ReadError("cut"))
        return found

    def _open_peer(self, place: Any, uid: Uid) -> Peer:
        client = open_client(transport=httpx.MockTransport(self._answer))
        return Peer(client, place, lambda refused="": "token", uid)

    def reading(self) -> Reading:
        return reading_of(self.made, PAGE, Opened(SESSION, "e" * 11, 1), exam_entry(), CALL)

    def way(self) -> Outcome:
        """The opening, then the workflow up to where it watches."""
        self.runs += 1
        open_exam(self.made, self.reading(), self._dmp, self)
        listed: WhiteList = white_list(HOST)
        sites = Sites(listed, lambda _: ["93.184.215.14"], (), self._open_peer)
        for number in range(1, 9):
            found = plan(self.made, self.reading(), number, lambda _: None)
            if found.outcome is not Outcome.FETCH:
                return found.outcome
            for place in found.series:
                waiting = Waiting(1e9, VirtualClock(), lambda: 0.0, lambda _: None)
                run = Run(f"r{self.runs}{number}{place}", "who", self, self.folder, waiting)
                fetch(self.made, sites, self.reading(), place, run)
        raise AssertionError("it goes on for ever")

    def require_sound(self) -> None:
        """Each object that an index names is there, as it was sent."""
        reading, store = self.reading(), self.made.store
        named = self.made.manifest(reading)
        assert isinstance(store, MemoryStore)
        if named is None:
            return
        for series, have in zip(named.series, self.made.haves(reading, named), strict=True):
            folder = self.made.folder(reading, named, series)
            for one in have.instances:
                data = store.objects[folder.pack(one.pack)][one.offset : one.offset + one.size]
                assert hashlib.sha256(data).hexdigest() == one.sha256
                assert data == OBJECTS[one.sop_instance_uid]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("kills", [False, True])
def test_a_fault_at_any_call_leaves_nothing_wrong_and_is_made_good(
    kills: bool, after: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "_LOOK", 0.01)
    whole = World(tmp_path)
    assert whole.way() is Outcome.WATCH
    assert whole.fault.calls > 20
    # `make proof` strikes each call, other runs each fifth one, from another one on for each kind.
    first, step = (1, 1) if WHOLE else (1 + 2 * kills + after, 5)
    for number in range(first, whole.fault.calls + 1, step):
        world = World(tmp_path, fault=Fault(number, after, kills))
        with suppress(Killed, StorageUnavailable, DmpUnavailable):
            world.way()
        world.fault = Fault()
        world.require_sound()
        # The professional opens it again, or the workflow tries again.
        assert world.way() is Outcome.WATCH
        world.require_sound()
        assert world.made.is_whole(world.reading()), number
        assert world.started
        assert list(tmp_path.iterdir()) == []
