"""functions.drimbox.publication.steps.prepare: the series are there, or their objects are named."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from tempfile import gettempdir
from typing import Any, Final

import pytest

from functions.drimbox.errors import Held, PacsUnavailable, SeriesNotReady
from functions.drimbox.images.cache import read_index
from functions.drimbox.jobs.job import LEASE, Result
from functions.drimbox.jobs.job import State as JobState
from functions.drimbox.publication.change import Change
from functions.drimbox.publication.filling import fill, work
from functions.drimbox.publication.record import State, enter, pending_in
from functions.drimbox.publication.serving import intended
from functions.drimbox.publication.steps.prepare import Wishes, prepare_series
from functions.drimbox.report.requested_action import Action
from tests.drimbox.images.samples import FolderPacs, MemoryStore, instance
from tests.drimbox.publication.note_scenes import note
from tests.fakes.world import Calls, Killed, Port, World

SPOOL: Final = Path(gettempdir())


@dataclass
class Place:
    """A manifest that is built, its PACS and its cache."""

    world: World
    change: Change
    cache: MemoryStore = field(default_factory=MemoryStore)
    wishes: Wishes = field(default_factory=Wishes)

    def __post_init__(self) -> None:
        study = self.change.study_instance_uid
        self.pacs = FolderPacs(
            [
                instance(
                    number,
                    StudyInstanceUID=study,
                    SeriesInstanceUID=f"{study}.1",
                    SOPInstanceUID=f"{study}.1.{number}",
                )
                for number in (1, 2, 3)
            ]
        )

    def prepare(self) -> dict[str, Any]:
        return prepare_series(self.world.site, self.world.fills, self.wishes, self.change)

    def deliver(self) -> None:
        """The next message, which its receiver deletes when it does not fail."""
        world = self.world
        key, after = world.fill_queue.messages[0]
        world.clock.advance(after)
        cache: Any = Port("cache", self.cache, world.calls)
        pacs: Any = Port("pacs", self.pacs, world.calls)
        work(
            world.site,
            cache,
            world.fills,
            key,
            lambda job: fill(world.site, cache, pacs, job, spool=SPOOL),
        )
        world.fill_queue.messages.pop(0)

    @property
    def is_cached(self) -> bool:
        coming = intended(
            self.world.records.get(self.change.study_instance_uid), self.world.archive
        )
        assert coming is not None
        return all(read_index(self.cache, coming.keys(one)) is not None for one in coming.series)


@pytest.fixture
def place(world: World, change: Change) -> Place:
    return Place(world, change)


def test_it_goes_on_once_every_series_is_cached(place: Place) -> None:
    for _ in range(3):
        with pytest.raises(SeriesNotReady, match="1 of 1 series"):
            place.prepare()
    assert len(place.world.fill_queue.messages) == 1
    place.deliver()
    assert place.prepare() == place.change.state(outcome="continue")
    assert place.is_cached
    assert place.world.dmp_calls == 0
    (job,) = place.world.jobs.jobs.values()
    assert job.correlation_id == place.change.message_id


def test_a_look_after_the_first_one_reads_the_record_and_the_jobs(place: Place) -> None:
    calls = place.world.calls
    for looked in (
        ["records.get", "archive.get", "jobs.several", "jobs.put", "fill_queue.send"],
        ["records.get", "jobs.several"],
        ["records.get", "jobs.several"],
    ):
        before = len(calls.names)
        with pytest.raises(SeriesNotReady):
            place.prepare()
        assert calls.names[before:] == looked


def test_the_manifest_of_a_record_that_was_written_since_is_read_again(place: Place) -> None:
    with pytest.raises(SeriesNotReady):
        place.prepare()
    world = place.world
    world.records.put(world.records.get(place.change.study_instance_uid))
    before = len(world.calls.names)
    with pytest.raises(SeriesNotReady):
        place.prepare()
    assert world.calls.names[before:] == ["records.get", "archive.get", "jobs.several"]


def test_the_oldest_changes_are_forgotten(place: Place) -> None:
    site, study = place.world.site, place.change.study_instance_uid
    record = place.world.records.get(study)
    for revision in range(1000, 1100):
        place.wishes.of(site, replace(record, revision=revision))
    before = len(place.world.calls.names)
    place.wishes.of(site, replace(record, revision=1099))
    assert place.world.calls.names[before:] == []
    place.wishes.of(site, replace(record, revision=1000))
    assert place.world.calls.names[before:] == ["archive.get"]


def test_an_object_at_fault_holds(place: Place) -> None:
    place.pacs.objects[1] = place.pacs.objects[1][:-4]
    with pytest.raises(SeriesNotReady):
        place.prepare()
    place.deliver()
    for _ in range(2):
        with pytest.raises(Held) as raised:
            place.prepare()
        assert (type(raised.value), str(raised.value)) == (Held, "object_unservable")
    assert place.world.dmp_calls == 0


def test_a_pacs_that_refuses_the_images_holds(place: Place) -> None:
    place.pacs.failure = Held("pacs_refused")
    with pytest.raises(SeriesNotReady):
        place.prepare()
    place.deliver()
    with pytest.raises(Held) as raised:
        place.prepare()
    assert (type(raised.value), str(raised.value)) == (Held, "pacs_refused")
    assert place.world.dmp_calls == 0


def test_a_pacs_that_is_away_delays_no_report_for_long(place: Place) -> None:
    place.pacs.failure = PacsUnavailable("away")
    begun = place.world.clock.now()
    for _ in range(4):
        with pytest.raises(SeriesNotReady):
            place.prepare()
        place.deliver()
    assert place.prepare()["outcome"] == "continue"
    assert place.world.clock.now() - begun < timedelta(seconds=30)
    # The job goes on behind the publication.
    assert len(place.world.fill_queue.messages) == 1
    place.pacs.failure = None
    while place.world.fill_queue.messages:
        place.deliver()
    assert place.is_cached


def test_a_job_that_was_given_up_is_not_waited_for(place: Place) -> None:
    with pytest.raises(SeriesNotReady):
        place.prepare()
    (key,) = place.world.jobs.jobs
    lasting = Result(JobState.FAILED, "internal_error", timedelta(minutes=15))
    place.world.fills.work(key, lambda _: lasting)
    assert place.prepare()["outcome"] == "continue"


def test_a_second_worker_that_is_killed_is_not_waited_for(place: Place) -> None:
    with pytest.raises(SeriesNotReady):
        place.prepare()
    for _ in range(2):
        place.world.calls = Calls(kill_at=4)
        with pytest.raises(Killed):
            place.deliver()
        with pytest.raises(SeriesNotReady):
            place.prepare()
        place.world.clock.advance(LEASE)
        place.world.calls = Calls()
        with suppress(SeriesNotReady):
            place.prepare()
    assert place.prepare()["outcome"] == "continue"


def test_a_replay_waits_as_the_first_execution_did(place: Place) -> None:
    """That one was lost between the job and its message, hours ago."""
    place.world.calls = Calls(kill_at=5)
    with pytest.raises(Killed):
        place.prepare()
    place.world.calls = Calls()
    place.world.clock.advance(timedelta(hours=2))
    with pytest.raises(SeriesNotReady):
        place.prepare()
    place.deliver()
    assert place.prepare()["outcome"] == "continue"
    assert place.is_cached


def test_jobs_that_begin_anew_delay_no_report_for_more_than_an_hour(place: Place) -> None:
    """Each is given up and asked for again while another is waited for."""
    world, begun = place.world, place.world.clock.now()
    with pytest.raises(SeriesNotReady):
        place.prepare()
    (key,) = world.jobs.jobs
    while world.clock.now() < begun + timedelta(hours=1):
        world.fills.work(key, lambda _: Result(JobState.FAILED, "superseded"))
        with pytest.raises(SeriesNotReady):
            place.prepare()
        world.clock.advance(timedelta(seconds=20))
    assert world.jobs.jobs[key].state is JobState.ASKED
    assert place.prepare()["outcome"] == "continue"


def test_a_queue_that_is_too_long_delays_no_report_for_more_than_an_hour(place: Place) -> None:
    end = place.world.clock.now() + timedelta(hours=1)
    while place.world.clock.now() < end:
        with pytest.raises(SeriesNotReady):
            place.prepare()
        place.world.clock.advance(timedelta(seconds=20))
    assert place.prepare()["outcome"] == "continue"
    assert 1 < len(place.world.fill_queue.messages) <= 8


def test_a_note_that_comes_meanwhile_makes_it_another_series(place: Place) -> None:
    with pytest.raises(SeriesNotReady):
        place.prepare()
    assert place.world.give(note()).failure is None
    place.deliver()
    assert not place.is_cached
    with pytest.raises(SeriesNotReady):
        place.prepare()
    place.deliver()
    assert place.prepare()["outcome"] == "continue"
    assert place.is_cached


def test_nothing_is_prepared_once_the_change_has_moved_on(place: Place) -> None:
    world, study = place.world, place.change.study_instance_uid
    record = world.records.get(study)
    pending = pending_in(record)
    moved = (
        replace(record, pending=replace(pending, in_doubt=True)),
        replace(record, pending=replace(pending, message_id="0" * 32)),
        replace(
            record,
            pending=replace(pending, edition=replace(pending.edition, action=Action.WITHDRAW)),
        ),
        replace(record, pending=None),
        enter(record, State.SENDING, world.clock.now()),
    )
    for one in moved:
        world.records.records[study] = one
        assert place.prepare() == place.change.state(outcome="continue")
    assert (world.jobs.jobs, world.fill_queue.messages) == ({}, [])


def drain(place: Place) -> None:
    """Deliver until the queue is empty. A killed worker's message comes back after its visibility
    timeout; the workflow asks before."""
    while place.world.fill_queue.messages:
        try:
            place.deliver()
        except Killed:
            place.world.fill_queue.messages.clear()
            place.world.clock.advance(LEASE)


def play(place: Place) -> None:
    """The workflow asks again and again."""
    for _ in range(100):
        try:
            place.prepare()
        except (SeriesNotReady, Killed):
            place.world.clock.advance(timedelta(seconds=20))
        else:
            return
        drain(place)
    raise AssertionError("the step does not go on")


def test_killed_at_every_call_the_step_goes_on_and_the_series_is_cached(
    world: World, change: Change
) -> None:
    study = change.study_instance_uid
    before = world.records.get(study)
    archived, begun = dict(world.archive.objects), world.clock.now()

    def run(kill_at: int, *, after: bool) -> list[str]:
        world.calls = Calls(kill_at=kill_at, after=after)
        world.records.records[study] = before
        world.archive.objects = dict(archived)
        world.clock.at = begun
        world.jobs.jobs.clear()
        world.fill_queue.messages.clear()
        place = Place(world, change)
        play(place)
        drain(place)
        assert place.is_cached
        assert [event for event, _ in world.audit.events()].count("series.cached") == 1
        return world.calls.names

    names = run(0, after=False)
    assert {"jobs.put", "fill_queue.send", "pacs.retrieve_series", "cache.put"} <= set(names)
    for number in range(1, len(names) + 1):
        for after in (False, True):
            run(number, after=after)
