"""functions.drimbox.publication.sweeping: no accepted message waits for ever without an entry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.publication.inbox import ack_key, message_key, note_key
from functions.drimbox.publication.message_entry import MessageEntry
from functions.drimbox.publication.overrides import override_key
from functions.drimbox.publication.sweeping import FIRST_LOOK, SweepDesk, Swept, sweep
from functions.drimbox.publication.withdrawal_order import withdrawal_key
from tests.fakes.memory import MemoryLog, MemoryQueue, VirtualClock

EVERY = timedelta(minutes=30)
ONE = "1" * 32


@dataclass
class Inbox:
    """Keys and times; ``listed`` counts the listings."""

    objects: dict[str, datetime] = field(default_factory=dict)
    listed: int = 0

    def under(self, folder: str) -> Iterator[tuple[str, datetime]]:
        self.listed += 1
        yield from (one for one in self.objects.items() if one[0].startswith(folder))


@dataclass
class Last:
    at: datetime | None = None

    def get(self) -> datetime | None:
        return self.at

    def put(self, at: datetime) -> None:
        self.at = at


@dataclass
class Scene:
    """One tenant, whose queue loses everything."""

    clock: VirtualClock = field(default_factory=VirtualClock)
    inbox: Inbox = field(default_factory=Inbox)
    log: MemoryLog = field(default_factory=MemoryLog)
    queue: MemoryQueue = field(default_factory=MemoryQueue)
    last: Last = field(default_factory=Last)

    def sweep(self) -> Swept:
        desk = SweepDesk(self.inbox, self.log, self.queue, self.last, self.clock)
        return sweep(desk, self.last.get())

    def sweeps(self, length: timedelta, every: timedelta = EVERY) -> list[timedelta]:
        """The times from now at which a message is queued again, sweep after sweep."""
        began, found = self.clock.now(), []
        while self.clock.now() - began < length:
            self.clock.advance(every)
            found += [self.clock.now() - began for _ in self.sweep().queued]
        return found


def test_a_message_without_an_entry_is_queued_again_at_half_an_hour_and_at_each_doubling() -> None:
    scene = Scene()
    scene.inbox.objects[message_key(ONE)] = arrived = scene.clock.now()
    again = scene.sweeps(timedelta(days=3))
    assert again == [FIRST_LOOK * 2**n for n in range(8)]
    assert scene.queue.messages[0] == (ONE, 0, arrived)


def test_a_message_with_an_entry_is_looked_at_and_left() -> None:
    scene = Scene()
    scene.inbox.objects[message_key(ONE)] = at = scene.clock.now()
    scene.log.open(MessageEntry(ONE, at, 0, ""))
    scene.clock.advance(FIRST_LOOK)
    assert scene.sweep() == Swept(1, ())
    assert scene.queue.messages == []
    scene.clock.advance(timedelta(minutes=10))
    assert scene.sweep() == Swept(0, ()), "the next look is at its double age"


def test_a_fresh_message_has_its_time() -> None:
    scene = Scene()
    scene.inbox.objects[message_key(ONE)] = scene.clock.now()
    scene.clock.advance(FIRST_LOOK - timedelta(seconds=1))
    assert scene.sweep() == Swept(0, ())


def test_a_look_that_no_sweep_came_for_is_made_up_for() -> None:
    """The sweeps were away for a day: one look, not one for each that was missed."""
    scene = Scene()
    scene.sweep()
    scene.inbox.objects[message_key(ONE)] = scene.clock.now()
    assert scene.sweeps(timedelta(days=1), every=timedelta(days=1)) == [timedelta(days=1)]


def test_every_kind_of_message_is_swept_and_nothing_else() -> None:
    scene = Scene()
    ids = (ONE, f"note-{ONE}", f"withdrawal-{ONE}")
    at = scene.clock.now()
    scene.inbox.objects = dict.fromkeys(
        (message_key(ids[0]), note_key(ids[1]), withdrawal_key(ids[2])), at
    ) | dict.fromkeys(
        (ack_key(ONE), override_key(ONE, 1), "messages/.hl7", "messages/x.txt", "notes/y.dcm"), at
    )
    scene.clock.advance(FIRST_LOOK)
    assert sorted(scene.sweep().queued) == sorted(ids)
    assert scene.inbox.listed == len(ids)


def test_a_sweep_that_fails_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene()
    scene.inbox.objects[message_key(ONE)] = scene.clock.now()
    scene.clock.advance(FIRST_LOOK)

    def away(*_: object, **__: object) -> None:
        raise StorageUnavailable("queue send")

    with monkeypatch.context() as patched:
        patched.setattr(scene.queue, "send", away)
        with pytest.raises(StorageUnavailable):
            scene.sweep()
    assert scene.last.get() is None
    scene.clock.advance(timedelta(minutes=10))
    assert scene.sweep().queued == (ONE,)
