"""Requests for images under the manifest in force, and the fill that a first one starts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final, cast

import pytest

from functions.drimbox.errors import Absent, Conflict, NotReady
from functions.drimbox.images.cache import CachedSeries
from functions.drimbox.images.retrieve import Target
from functions.drimbox.jobs.job import LOST_AFTER, Job
from functions.drimbox.oid import Uid
from functions.drimbox.publication.image_requests import (
    retrieve,
    retrieve_frames,
    retrieve_metadata,
    search,
)
from functions.drimbox.publication.serving import ImageDesk, Served, served
from functions.drimbox.study.index import InstanceRef
from tests.drimbox.publication.note_scenes import note
from tests.drimbox.publication.scenes import FIRST, STUDY, play
from tests.fakes.memory import MemoryJobQueue, MemoryJobs
from tests.fakes.world import CT_IMAGE, World, study_index

ANY: Final = "multipart/related; type=application/dicom; transfer-syntax=*"
SERIES: Final = f"{STUDY}.1"
OTHER: Final = Uid(f"{STUDY}.2")


@dataclass
class Fills:
    """The jobs that requests ask for."""

    jobs: MemoryJobs = field(default_factory=MemoryJobs)
    queue: MemoryJobQueue = field(default_factory=MemoryJobQueue)

    @property
    def asked(self) -> list[Job]:
        """The job of each message, in their order."""
        return [self.jobs.jobs[key] for key, _ in self.queue.messages]


@dataclass
class Cache:
    """A cache that holds no index yet."""

    objects: dict[str, bytes] = field(default_factory=dict)

    def get(self, key: str, *, max_bytes: int) -> bytes | None:
        return self.objects.get(key)


def ask(world: World, fills: Fills, *uids: str, kos: str | None = None, cache: Any = None) -> None:
    """Ask for images, under the manifest in force if not under ``kos``."""
    current = world.records.get(STUDY).current
    cache = cache or Cache()
    fill = replace(world.fills, jobs=fills.jobs, queue=fills.queue)
    desk = ImageDesk(world.records, world.archive, cache, fill)
    stated = kos or (current.manifest_uid if current else "2.25.1")
    retrieve(desk, Target(STUDY, *uids), accept=[ANY], kos_sop_instance_uid=[stated])


def in_force(world: World) -> Served:
    found = served(world.records.get(STUDY), world.archive)
    assert found is not None
    return found


def test_other_forms_that_are_not_cached_are_asked_for_too(world: World) -> None:
    play(world, ["P1"])
    kos, fills = in_force(world).manifest.sop_instance_uid, Fills()
    fill = replace(world.fills, jobs=fills.jobs, queue=fills.queue)
    desk = ImageDesk(world.records, world.archive, cast("Any", Cache()), fill)
    named = in_force(world).manifest.find_series(Uid(SERIES))
    assert named is not None
    one = Target(STUDY, SERIES, named.instances[0].sop_instance_uid)
    headers: dict[str, Any] = {"accept": ["*/*"], "kos_sop_instance_uid": [kos]}
    with pytest.raises(NotReady):
        retrieve_frames(desk, one, numbers=[1], **headers)
    with pytest.raises(NotReady):
        retrieve_metadata(desk, Target(STUDY, SERIES), accept_encoding=[], **headers)
    with pytest.raises(NotReady):
        search(desk, Target(STUDY), levels=("series",), parameters={}, **headers)
    (job,) = fills.asked
    assert job.wish.facts["series"] == SERIES


@pytest.mark.parametrize("uids", [(), (SERIES,)])
def test_images_that_are_not_cached_are_asked_for_once(world: World, uids: tuple[str, ...]) -> None:
    play(world, ["P1"])
    (message_id,), fills = world.log.entries, Fills()
    for _ in range(2):
        with pytest.raises(NotReady):
            ask(world, fills, *uids)
    (job,) = fills.asked
    manifest = in_force(world).manifest.sop_instance_uid
    assert job.wish.facts == {"study": STUDY, "series": SERIES, "edition": f"{manifest}/0"}
    assert job.correlation_id == message_id
    world.clock.advance(LOST_AFTER)
    with pytest.raises(NotReady):
        ask(world, fills, *uids)
    assert fills.asked == [fills.asked[0]] * 2, "the message of the same job, once more"
    assert world.give(note()).failure is None
    with pytest.raises(NotReady):
        ask(world, fills, *uids)
    assert fills.asked[-1].wish.facts["edition"] == f"{manifest}/1", "a note makes another edition"


def test_only_the_series_that_are_not_cached_are_asked_for(world: World) -> None:
    index = study_index(STUDY, accession=FIRST.orders[0].accession)
    (series,) = index.series
    other = replace(
        series,
        series_instance_uid=OTHER,
        instances=(InstanceRef(CT_IMAGE, Uid(f"{OTHER}.1"), 1),),
    )
    world.archive_study(FIRST, series=(series, other))
    assert world.send(FIRST).code == "AA"
    world.work()
    current, cache, fills = in_force(world), Cache(), Fills()
    assert current.series == [Uid(SERIES), OTHER]
    held = CachedSeries("multipart/related", 1, "0" * 64, ())
    cache.objects[current.keys(Uid(SERIES)).index] = held.encode()
    with pytest.raises(NotReady):
        ask(world, fills, cache=cache)
    assert [job.wish.facts["series"] for job in fills.asked] == [OTHER]


@pytest.mark.parametrize("uids", [(), (SERIES,), (SERIES, f"{SERIES}.1")])
def test_images_at_fault_have_an_answer_that_stays(world: World, uids: tuple[str, ...]) -> None:
    play(world, ["P1"])
    keys = in_force(world).keys(Uid(SERIES))
    cache, fills = Cache({keys.unservable: b"[]"}), Fills()
    for _ in range(2):
        with pytest.raises(Conflict) as raised:
            ask(world, fills, *uids, cache=cache)
    assert (raised.value.code, raised.value.status) == ("object_unservable", 409)
    assert len(fills.asked) == 1, "somebody may have corrected the object"
    # Of another edition, nothing is known yet.
    assert world.give(note()).failure is None
    with pytest.raises(NotReady):
        ask(world, fills, cache=cache)


def test_images_of_no_manifest_in_force_start_nothing(world: World) -> None:
    fills = Fills()
    with pytest.raises(Absent):
        ask(world, fills, SERIES)
    play(world, ["P1"])
    with pytest.raises(Absent):
        ask(world, fills, SERIES, kos="2.25.1")
    with pytest.raises(Absent):
        ask(world, fills, "1.2.3")
    assert fills.asked == []
