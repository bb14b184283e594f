"""functions.drimbox.jobs.desk: asked once, done once, whatever is lost, doubled or killed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Any, Final
from unittest import mock

import pytest

from functions.drimbox.errors import PacsUnavailable, StorageUnavailable
from functions.drimbox.jobs.desk import JobDesk
from functions.drimbox.jobs.job import (
    BEAT,
    EARLY,
    INTERNAL_ERROR,
    LEASE,
    LONG_REST,
    LOST_AFTER,
    LOST_AFTER_AT_SITE,
    MOST_ATTEMPTS,
    MOST_LOST,
    REST,
    WORKER_LOST,
    Job,
    Kind,
    Result,
    State,
    Wish,
)
from tests.fakes.memory import MemoryJobQueue, MemoryJobs, MemoryUids, VirtualClock
from tests.fakes.world import Calls, Killed, Port

WISH: Final = Wish(Kind.FILL, {"series": "1.2.3.1"})
CACHED: Final = Result(State.ANSWERED, "cached")


@dataclass
class Place:
    """A desk, its stores, and the work that was done."""

    jobs: MemoryJobs = field(default_factory=MemoryJobs)
    queue: MemoryJobQueue = field(default_factory=MemoryJobQueue)
    clock: VirtualClock = field(default_factory=VirtualClock)
    calls: Calls = field(default_factory=Calls)
    done: int = 0
    given_up: list[Job] = field(default_factory=list)
    uids: MemoryUids = field(default_factory=MemoryUids)
    beats: list[Callable[[], bool]] = field(default_factory=list)

    @property
    def desk(self) -> JobDesk:
        jobs: Any = Port("jobs", self.jobs, self.calls)
        queue: Any = Port("queue", self.queue, self.calls)
        return JobDesk(jobs, queue, self.clock, self.uids, self.pulse, self.given_up.append)

    @contextmanager
    def pulse(self, beat: Callable[[], bool], every: timedelta) -> Iterator[None]:
        """Implements ``Pulse``: a test that works for long beats."""
        assert every == BEAT
        self.beats.append(beat)
        try:
            yield
        finally:
            self.beats.pop()

    @property
    def job(self) -> Job:
        (job,) = self.jobs.jobs.values()
        return job

    def ask(self, *, gone: bool = False) -> Job:
        return self.desk.ask(WISH, "c1", gone=gone)

    def do(self, _: Job) -> Result:
        self.done += 1
        return CACHED

    def deliver(self, do: Callable[[Job], Result] | None = None) -> Job | None:
        """The next message, which its receiver deletes unless it fails."""
        key, after = self.queue.messages[0]
        self.clock.advance(after)
        answer = self.desk.work(key, do or self.do)
        self.queue.messages.pop(0)
        return answer


@pytest.fixture
def place() -> Place:
    return Place()


def fails(error: Exception) -> Callable[[Job], Result]:
    def do(_: Job) -> Result:
        raise error

    return do


def test_a_wish_is_one_job_and_one_message_however_often_it_is_asked(place: Place) -> None:
    first = place.ask()
    assert first == place.job
    for _ in range(3):
        assert place.ask(gone=True) == first
    assert place.queue.messages == [(WISH.key, timedelta(0))]
    ended = place.deliver()
    assert ended is not None
    assert (ended.state, ended.reason, ended.correlation_id) == (State.ANSWERED, "cached", "c1")
    assert place.done == 1
    assert place.ask().state is State.ANSWERED
    assert place.queue.messages == []


def test_wishes_are_looked_at_at_once_and_asked_for_as_one_is(place: Place) -> None:
    wishes = [WISH, *(Wish(Kind.FILL, {"series": f"1.2.3.{number}"}) for number in (2, 3))]
    first = place.ask()
    jobs = place.desk.ask_all(wishes, "c2")
    assert [job.wish for job in jobs] == wishes
    assert [job.correlation_id for job in jobs] == ["c1", "c2", "c2"]
    assert jobs[0] == first
    assert len(place.queue.messages) == 3
    before = len(place.calls.names)
    assert place.desk.ask_all(wishes, "c3") == jobs
    assert place.calls.names[before:] == ["jobs.several"]
    assert place.desk.ask_all([], "c3") == []


def test_a_job_that_another_asker_has_just_written_stands_among_several(place: Place) -> None:
    known = place.jobs.several

    def overtaken(keys: Iterable[str]) -> Mapping[str, Job]:
        found = known(keys)
        place.jobs.put(replace(other, key=WISH.key, wish=WISH, revision=0))
        return found

    other = place.desk.ask(Wish(Kind.FILL, {"series": "1.2.3.2"}), "c1")
    with mock.patch.object(place.jobs, "several", overtaken):
        [job] = place.desk.ask_all([WISH], "c2")
    assert job.correlation_id == "c1"


def test_an_answer_that_is_gone_is_asked_for_anew(place: Place) -> None:
    place.ask()
    place.deliver()
    assert place.ask(gone=True).state is State.ASKED
    place.deliver()
    assert place.done == 2


def test_an_answer_that_is_older_than_it_lasts_is_asked_for_anew(place: Place) -> None:
    place.ask()
    place.deliver()
    for age, state in ((timedelta(hours=47), State.ANSWERED), (timedelta(hours=1), State.ASKED)):
        place.clock.advance(age)
        assert place.desk.ask(WISH, "c1", lasts=timedelta(days=2)).state is state


def test_a_job_that_rests_is_not_asked_for_before(place: Place) -> None:
    place.ask()
    place.deliver(lambda _: Result(State.FAILED, "unservable", timedelta(days=1)))
    assert place.ask(gone=True).reason == "unservable"
    copy = Place(jobs=MemoryJobs(dict(place.jobs.jobs)))
    assert copy.desk.ask(WISH, "c1", corrected=True).state is State.ASKED
    assert len(copy.queue.messages) == 1
    assert copy.desk.ask(WISH, "c1", corrected=True) == copy.job
    assert len(copy.queue.messages) == 1, "a job that is under way is not doubled"
    place.clock.advance(timedelta(days=1))
    assert place.ask(gone=True).state is State.ASKED


def test_a_message_that_comes_twice_is_of_no_effect(place: Place) -> None:
    place.ask()
    place.queue.messages *= 2

    def do(job: Job) -> Result:
        assert place.desk.work(job.key, place.do) is None, "another worker has it"
        return place.do(job)

    assert place.deliver(do) is not None
    assert place.deliver() is None, "it is done"
    assert place.done == 1


def test_a_message_without_its_job_is_of_no_effect(place: Place) -> None:
    place.ask()
    place.jobs.jobs.clear()
    assert place.deliver() is None


def test_a_lost_message_is_sent_again_by_a_later_request(place: Place) -> None:
    place.ask()
    place.queue.messages.clear()
    place.clock.advance(LOST_AFTER - timedelta(seconds=1))
    place.ask()
    assert place.queue.messages == []
    place.clock.advance(timedelta(seconds=1))
    place.ask()
    assert place.deliver() is not None
    assert place.done == 1


def test_a_side_that_is_not_ready_is_tried_a_bounded_number_of_times(place: Place) -> None:
    place.ask()
    away = fails(PacsUnavailable("away"))
    for _ in range(MOST_ATTEMPTS):
        job = place.deliver(away)
        assert job is not None
        assert job.reason == "pacs_unavailable"
    assert place.queue.messages == []
    assert place.ask().state is State.FAILED
    place.clock.advance(REST)
    assert place.ask().state is State.ASKED
    assert place.deliver() is not None
    assert place.done == 1


def test_a_fault_of_ours_gives_the_job_up_and_is_raised(place: Place) -> None:
    place.ask()
    with pytest.raises(OSError, match="disk"):
        place.deliver(fails(OSError("disk")))
    assert (place.job.state, place.job.reason) == (State.FAILED, INTERNAL_ERROR)
    assert place.deliver() is None, "the message comes back and finds nothing to do"
    place.clock.advance(LONG_REST)
    assert place.ask().state is State.ASKED


def test_a_stuck_lease_ends_and_a_job_that_kills_its_workers_is_given_up(place: Place) -> None:
    place.ask()
    for _ in range(MOST_LOST + 1):
        with pytest.raises(Killed):
            place.desk.work(WISH.key, fails(Killed()))  # type: ignore[arg-type]
        assert place.ask().state is State.TAKEN
        place.clock.advance(LEASE)
        job = place.ask()
    assert (job.state, job.reason) == (State.FAILED, WORKER_LOST)
    assert place.ask() == job
    assert place.desk.work(WISH.key, place.do) is None
    assert place.given_up == [job], "somebody is told once"
    place.clock.advance(LONG_REST)
    assert place.ask().state is State.ASKED
    assert place.desk.work(WISH.key, place.do) is not None


def test_a_delivery_gives_a_job_up_that_kills_its_workers(place: Place) -> None:
    place.ask()
    for _ in range(MOST_LOST + 1):
        with pytest.raises(Killed):
            place.desk.work(WISH.key, fails(Killed()))  # type: ignore[arg-type]
        place.clock.advance(LEASE)
    given_up = place.desk.work(WISH.key, place.do)
    assert given_up == place.job
    assert place.job.reason == WORKER_LOST
    assert place.given_up == [given_up]
    assert place.desk.work(WISH.key, place.do) is None
    assert (place.done, len(place.given_up)) == (0, 1)


def test_of_two_that_give_a_job_up_one_tells(place: Place) -> None:
    place.ask()
    for _ in range(MOST_LOST + 1):
        with pytest.raises(Killed):
            place.desk.work(WISH.key, fails(Killed()))  # type: ignore[arg-type]
        place.clock.advance(LEASE)
    read = place.jobs.get

    def overtaken(key: str) -> Job | None:
        place.jobs.get = read  # type: ignore[method-assign]
        before = read(key)
        place.ask()
        return before

    place.jobs.get = overtaken  # type: ignore[method-assign]
    assert place.desk.work(WISH.key, place.do) is None
    assert place.given_up == [place.job]


def test_messages_that_come_in_a_pause_ask_nobody(place: Place) -> None:
    """However many there are, a side in trouble meets one attempt for each pause."""
    place.ask()
    place.queue.messages *= 5
    tried = 0

    def away(_: Job) -> Result:
        nonlocal tried
        tried += 1
        raise PacsUnavailable("away")

    begun, due = place.clock.now(), timedelta(0)
    for attempt in range(1, MOST_ATTEMPTS + 1):
        for _ in range(5):
            place.desk.work(WISH.key, away)
        assert (tried, place.job.attempts) == (attempt, attempt)
        due += place.queue.messages[-1][1]
        place.clock.at = begun + due
    assert len(place.queue.messages) == 5 + MOST_ATTEMPTS - 1, "one message for each pause"
    assert (place.job.state, place.job.reason) == (State.FAILED, "pacs_unavailable")


def test_the_message_of_a_pause_may_come_a_little_early(place: Place) -> None:
    place.ask()
    place.deliver(fails(PacsUnavailable("away")))
    place.clock.at = place.job.ready_at - EARLY - timedelta(milliseconds=1)
    assert place.desk.work(WISH.key, place.do) is None
    place.clock.at = place.job.ready_at - EARLY
    assert place.desk.work(WISH.key, place.do) is not None
    assert place.done == 1


def test_a_worker_that_lives_keeps_its_job_however_long_it_works(place: Place) -> None:
    place.ask()

    def do(job: Job) -> Result:
        for _ in range(100):
            place.clock.advance(BEAT)
            assert place.beats[-1]()
            assert place.desk.work(job.key, place.do) is None
            assert place.ask().state is State.TAKEN
        return CACHED

    ended = place.deliver(do)
    assert ended is not None
    assert (place.job.state, place.job.reason, place.job.lost) == (State.ANSWERED, "cached", 0)
    assert ended == place.job
    assert place.done == 0, "nobody else has done it"
    assert place.queue.messages == []


@pytest.mark.parametrize("error", [None, PacsUnavailable("away"), OSError("disk")])
def test_a_worker_that_outlived_its_lease_changes_nothing(
    place: Place, error: Exception | None
) -> None:
    place.ask()

    def do(job: Job) -> Result:
        beat = place.beats[-1]
        place.clock.advance(LEASE)
        assert place.desk.work(job.key, place.do) is not None
        assert not beat()
        if error is not None:
            raise error
        return Result(State.FAILED, "superseded")

    with pytest.raises(OSError, match="disk") if isinstance(error, OSError) else nullcontext():
        assert place.deliver(do) is None
    assert (place.job.state, place.job.reason) == (State.ANSWERED, "cached")
    assert place.done == 1
    assert place.job.lost == 1


def test_a_worker_whose_own_write_is_said_to_be_another_s_has_the_job(place: Place) -> None:
    """The AWS SDK sends a request again when it has lost the answer."""
    place.ask()
    put = place.jobs.put

    def twice(job: Job) -> bool:
        put(job)
        return put(job)

    place.jobs.put = twice  # type: ignore[method-assign]
    assert place.deliver() == place.job
    assert (place.job.state, place.done) == (State.ANSWERED, 1)


def test_of_two_workers_that_come_at_once_one_has_the_job(place: Place) -> None:
    place.ask()
    read = place.jobs.get

    def overtaken(key: str) -> Job | None:
        place.jobs.get = read  # type: ignore[method-assign]
        before = read(key)
        assert place.desk.work(key, place.do) is not None
        return before

    place.jobs.get = overtaken  # type: ignore[method-assign]
    assert place.desk.work(WISH.key, place.do) is None
    assert place.done == 1


def test_a_worker_whose_lease_ran_out_ends_its_job_unless_another_has_it(place: Place) -> None:
    place.ask()

    def do(_: Job) -> Result:
        place.clock.advance(2 * LEASE)
        return CACHED

    assert place.deliver(do) == place.job
    assert (place.job.state, place.job.lost) == (State.ANSWERED, 0)


def test_of_two_that_ask_at_once_one_sends(place: Place) -> None:
    read = place.jobs.get
    desk = place.desk

    def overtaken(key: str) -> Job | None:
        place.jobs.get = read  # type: ignore[method-assign]
        before = read(key)
        place.ask()
        return before

    place.jobs.get = overtaken  # type: ignore[method-assign]
    assert desk.ask(WISH, "c2").correlation_id == "c1"
    assert len(place.queue.messages) == 1


def test_an_asker_that_is_overtaken_by_the_end_of_the_item_still_has_an_answer(
    place: Place,
) -> None:
    place.jobs.put = lambda job: False  # type: ignore[method-assign]
    assert place.ask().state is State.ASKED
    assert place.queue.messages == []


@pytest.mark.parametrize("when", ["asked", "later"])
def test_a_message_that_the_queue_refuses_may_be_sent_at_once(place: Place, when: str) -> None:
    send = place.queue.send

    def down(job: Job, *, after: timedelta) -> None:
        raise StorageUnavailable("queue")

    act: Callable[[], object] = place.ask
    if when == "later":
        place.ask()
        act = partial(place.deliver, fails(PacsUnavailable("away")))
    place.queue.send = down  # type: ignore[method-assign]
    with pytest.raises(StorageUnavailable):
        act()
    place.queue.send = send  # type: ignore[method-assign]
    place.queue.messages.clear()
    assert place.ask().state is State.ASKED
    assert len(place.queue.messages) == 1


def calm() -> list[str]:
    """The calls of a job that fails once, with an idle delivery after it."""
    place = Place()
    play(place)
    return place.calls.names


def play(place: Place) -> None:
    """A request, asked again for a day as viewers do; the queue delivers what nobody confirmed."""
    first = iter([fails(PacsUnavailable("away"))])
    for _ in range(200):
        try:
            if place.ask().state is State.ANSWERED:
                return
            while place.queue.messages:
                place.deliver(next(first, None))
        except Killed:
            pass
        place.clock.advance(timedelta(minutes=1))
    raise AssertionError("the job is not done")


def kills() -> Iterator[tuple[int, bool]]:
    for number in range(1, len(calm()) + 1):
        yield number, False
        yield number, True


@pytest.mark.parametrize(("kill_at", "after"), list(kills()))
def test_killed_at_every_call_the_job_is_done_in_the_end(kill_at: int, after: bool) -> None:
    place = Place()
    place.calls = Calls(kill_at=kill_at, after=after)
    play(place)
    assert place.job.state is State.ANSWERED
    assert 1 <= place.done <= 2
    assert place.clock.now() - VirtualClock().now() <= LEASE + LOST_AFTER + timedelta(minutes=1)
    place.clock.advance(timedelta(days=1))
    while place.queue.messages:
        place.deliver()
    assert place.job.state is State.ANSWERED


def test_an_agent_at_a_site_is_waited_for_longer(place: Place) -> None:
    """By the first asker, by one that asks again, and after an attempt that failed."""
    desk = replace(place.desk, lost_after=LOST_AFTER_AT_SITE)
    assert desk.ask(WISH, "c1").due_at == place.clock.now() + LOST_AFTER_AT_SITE
    desk.work(WISH.key, fails(PacsUnavailable("away")))
    assert place.job.due_at == place.job.ready_at + LOST_AFTER_AT_SITE
    place.clock.advance(place.job.due_at - place.clock.now())
    desk.ask(WISH, "c1")
    assert place.job.due_at == place.clock.now() + 2 * LOST_AFTER_AT_SITE
