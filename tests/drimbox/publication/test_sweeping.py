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
from functions.drimbox.publication.sweeping import (
    FIRST_LOOK,
    NEVER,
    Part,
    Position,
    SweepDesk,
    Swept,
    sweep,
)
from functions.drimbox.publication.withdrawal_order import withdrawal_key
from tests.fakes.memory import MemoryLog, MemoryQueue, VirtualClock

EVERY = timedelta(minutes=30)
ONE = "1" * 32


@dataclass
class Inbox:
    """Keys and times; ``listed`` counts the listings. Each object takes ``slow`` to come."""

    clock: VirtualClock
    objects: dict[str, datetime] = field(default_factory=dict)
    listed: int = 0
    slow: timedelta = timedelta(0)

    def under(self, folder: str, after: str = "") -> Iterator[tuple[str, datetime]]:
        self.listed += 1
        for one in sorted(self.objects.items()):
            if one[0].startswith(folder) and one[0] > after:
                self.clock.advance(self.slow)
                yield one


@dataclass
class Last:
    position: Position = field(default_factory=Position)

    def get(self) -> Position:
        return self.position

    def put(self, position: Position) -> None:
        self.position = position


@dataclass
class Scene:
    """One tenant, whose queue loses everything."""

    clock: VirtualClock = field(default_factory=VirtualClock)
    log: MemoryLog = field(default_factory=MemoryLog)
    queue: MemoryQueue = field(default_factory=MemoryQueue)
    last: Last = field(default_factory=Last)

    def __post_init__(self) -> None:
        self.inbox = Inbox(self.clock)

    def sweep(self, time: timedelta = timedelta(minutes=2)) -> Swept:
        desk = SweepDesk(self.inbox, self.log, self.queue, self.last, self.clock)
        return sweep(desk, self.last.get(), self.clock.now() + time)

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
    assert scene.last.get() == Position()
    scene.clock.advance(timedelta(minutes=10))
    assert scene.sweep().queued == (ONE,)


# -- an inbox that is too large for one visit


def _many(scene: Scene) -> list[str]:
    """Four reports, a note and two withdrawals that came half an hour ago, as they are listed."""
    ids = [f"{number:032x}" for number in range(4)]
    keys = [message_key(one) for one in ids]
    keys += [note_key(f"note-{ONE}")]
    keys += [withdrawal_key(f"withdrawal-{one}") for one in ids[:2]]
    scene.inbox.objects = dict.fromkeys(keys, scene.clock.now())
    scene.clock.advance(FIRST_LOOK)
    return [*ids, f"note-{ONE}", *(f"withdrawal-{one}" for one in ids[:2])]


def test_a_large_inbox_is_swept_in_parts_each_message_once() -> None:
    scene = Scene()
    ids, began = _many(scene), scene.clock.now()
    scene.inbox.slow = timedelta(seconds=50)
    visits = [scene.sweep() for _ in range(2)]
    assert [one.whole for one in visits] == [False, False]
    position = scene.last.get()
    assert (position.swept_at, position.part is not None) == (NEVER, True)
    assert position.seen_at == began + timedelta(seconds=150)
    visits.append(scene.sweep())
    assert visits[-1].whole
    queued = [name for one in visits for name in one.queued]
    assert sorted(queued) == sorted(ids)
    assert sum(one.looked for one in visits) == len(ids)
    # The whole sweep counts from its own start: nothing that fell due meanwhile is passed over.
    assert scene.last.get().swept_at == began
    assert scene.last.get().part is None


def test_a_look_that_falls_due_between_two_parts_has_its_turn_in_the_next_sweep() -> None:
    scene = Scene()
    _many(scene)
    scene.clock.advance(-timedelta(seconds=1))
    assert scene.sweep(timedelta(0)).looked == 0
    scene.clock.advance(timedelta(minutes=29))
    assert scene.sweep() == Swept(0, ())
    assert len(scene.sweep().queued) == 7


def test_each_visit_looks_at_one_object_at_least() -> None:
    scene = Scene()
    ids = _many(scene)
    visits = [scene.sweep(timedelta(0)) for _ in ids]
    assert {one.looked for one in visits} == {1}
    assert not any(one.whole for one in visits)
    assert scene.sweep(timedelta(0)) == Swept(0, ())


def test_an_object_that_goes_between_two_visits_stops_nothing() -> None:
    scene = Scene()
    ids = _many(scene)
    scene.sweep(timedelta(0))
    part = scene.last.get().part
    first = note_key(f"note-{ONE}")
    assert part == Part(scene.clock.now(), "notes/", first)
    del scene.inbox.objects[first]
    assert len(scene.sweep().queued) == len(ids) - 1
