"""functions.drimbox.publication.filling: a series is cached only while it may be served."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pytest

from functions.drimbox.breaker import Circuit
from functions.drimbox.dmp.signing import SHA1
from functions.drimbox.errors import Held, PacsUnavailable
from functions.drimbox.images.cache import decode, read_index
from functions.drimbox.images.cache_keys import SeriesKeys
from functions.drimbox.jobs.job import LEASE, LONG_REST, Kind, Result, Wish, asked, ended
from functions.drimbox.jobs.job import State as JobState
from functions.drimbox.oid import Uid
from functions.drimbox.operations.view import view
from functions.drimbox.publication import filling
from functions.drimbox.publication.asking_pacs import IMAGES, PACS
from functions.drimbox.publication.change import Change
from functions.drimbox.publication.filling import CORRECTION_WINDOW, fill, finish
from functions.drimbox.publication.filling import work as work_message
from functions.drimbox.publication.message_entry import MessageEntry
from functions.drimbox.publication.record import State, enter, hold
from functions.drimbox.publication.serving import Served, intended, served
from functions.drimbox.publication.steps.admit import admit_report
from functions.drimbox.publication.steps.build import build_manifest
from functions.drimbox.publication.steps.hold import hold_publication
from functions.drimbox.publication.steps.index import index_study
from functions.drimbox.publication.steps.publish import publish_manifest
from functions.drimbox.publication.steps.settle import settle_publication
from tests.drimbox.images.samples import FolderPacs, MemoryStore, instance
from tests.drimbox.publication.note_scenes import note
from tests.drimbox.publication.scenes import STUDY, play
from tests.fakes.world import DB_URL, DEVICE, OPERATOR, Killed, World, case

SERIES: Final = Uid(f"{STUDY}.1")


def source(failure: Exception | None = None) -> FolderPacs:
    """The PACS with the three objects of the published series."""
    objects = [
        instance(
            number,
            StudyInstanceUID=STUDY,
            SeriesInstanceUID=SERIES,
            SOPInstanceUID=f"{SERIES}.{number}",
        )
        for number in (1, 2, 3)
    ]
    return FolderPacs(objects, failure)


def work(
    world: World, cache: MemoryStore, pacs: FolderPacs, series: Uid = SERIES, edition: str = ""
) -> Result:
    """Do the job for a series: of the manifest in force, or about to be, without ``edition``."""
    record = world.records.get(STUDY)
    for found in (served, intended):
        known = found(record, world.archive)
        edition = edition or (known.edition if known is not None else "")
    facts = {"study": str(STUDY), "series": str(series), "edition": edition}
    job = asked(Wish(Kind.FILL, facts), "c1", world.clock.now())
    with TemporaryDirectory() as spool:
        result = fill(world.site, cache, pacs, job, spool=Path(spool))
    if result.state is JobState.FAILED:
        finish(world.site, cache, ended(job, result, world.clock.now()))
    return result


def deliver(world: World, cache: MemoryStore, pacs: FolderPacs) -> bool:
    """The first message of the queue, which stays there; whether a publication was held."""
    key, _ = world.fill_queue.messages[0]
    with TemporaryDirectory() as spool:
        _, held = work_message(
            world.site,
            cache,
            world.fills,
            key,
            lambda job: fill(world.site, cache, pacs, job, spool=Path(spool)),
        )
    return held


IS_CACHED: Final = Result(JobState.ANSWERED, "cached")
IS_SUPERSEDED: Final = Result(JobState.FAILED, "superseded")


def in_force(world: World) -> Served:
    found = served(world.records.get(STUDY), world.archive)
    assert found is not None
    return found


def keys(current: Served) -> SeriesKeys:
    return SeriesKeys(STUDY, current.manifest.sop_instance_uid, SERIES, current.notes)


def cached(world: World) -> list[Any]:
    """The facts of the audit records of cached series."""
    return [facts for (event, *_), facts in world.audit.records.items() if event == "series.cached"]


def test_a_published_series_is_cached_and_audited(world: World) -> None:
    play(world, ["P1"])
    cache, current = MemoryStore(), in_force(world)
    assert work(world, cache, source()) == IS_CACHED
    assert read_index(cache, keys(current)) is not None
    facts = {
        "who": "drimbox",
        "study_instance_uid": STUDY,
        "manifest_uid": current.manifest.sop_instance_uid,
    }
    assert cached(world) == [facts]
    assert ("series.cached", f"{current.edition}/{SERIES}", "success") in world.audit.records


def test_a_second_filling_asks_nobody_and_leaves_the_same_record(world: World) -> None:
    play(world, ["P1"])
    cache = MemoryStore()
    assert work(world, cache, source()) == IS_CACHED
    again = source(PacsUnavailable("must not be asked"))
    assert work(world, cache, again) == IS_CACHED
    assert again.asked == []
    assert len(cached(world)) == 1


def test_a_series_that_may_not_be_served_is_not_fetched(world: World) -> None:
    cache, pacs = MemoryStore(), source()
    assert work(world, cache, pacs, edition="2.25.1/0") == IS_SUPERSEDED, "never seen"
    play(world, ["P1"])
    edition = in_force(world).edition
    assert work(world, cache, pacs, Uid(f"{STUDY}.9")) == IS_SUPERSEDED, "not in the manifest"
    for other in (f"{edition}1", "2.25.1/0"):
        assert work(world, cache, pacs, edition=other) == IS_SUPERSEDED, "of another edition"
    assert in_force(world).filling(SERIES).facts["edition"] == edition
    play(world, ["W2"])
    assert work(world, cache, pacs, edition=edition) == IS_SUPERSEDED, "withdrawn"
    assert (pacs.asked, cache.objects, cached(world)) == ([], {}, [])


def cut() -> FolderPacs:
    """The same PACS, whose second object ends too early."""
    pacs = source()
    pacs.objects[1] = pacs.objects[1][:-4]
    return pacs


def named(world: World) -> list[str]:
    """The objects at fault, as the archive names them."""
    found = [data for key, data in world.archive.objects.items() if key.endswith("unservable.json")]
    return [uid for data in found for uid in json.loads(data)]


def test_an_object_at_fault_of_a_published_series_reaches_an_operator(world: World) -> None:
    play(world, ["P1"])
    (message_id,) = world.log.entries
    cache = MemoryStore()
    for _ in range(10):
        result = work(world, cache, cut())
    assert world.circuits.get(IMAGES).circuit is Circuit.CLOSED
    assert result == Result(JobState.FAILED, "held:object_unservable", CORRECTION_WINDOW)
    assert named(world) == [f"{SERIES}.2"]
    (study,) = view(world.at_rest, world.archive, world.known, OPERATOR, message_id)["studies"]
    assert (study["outcome"], study["reason"]) == ("held", "object_unservable")
    assert study["unservable"] == [f"{SERIES}.2"]
    assert study["replayable"]
    assert study["in_dmp"]["by_this_publication"]
    assert cached(world) == []
    # The operator corrects the PACS, then replays: nothing is sent again, and the reason is gone.
    sent = world.dmp_calls
    world.replay(message_id)
    world.work()
    assert work(world, cache, source()) == IS_CACHED
    (study,) = view(world.at_rest, world.archive, world.known, OPERATOR, message_id)["studies"]
    assert (study["outcome"], study["unservable"]) == ("published", [])
    assert len(world.manifests()) == 1
    assert world.dmp_calls == sent


def built(world: World) -> Change:
    """A report whose manifest is built and not sent yet."""
    report = case("C")
    world.archive_study(report)
    message_id = world.send(report).message_id
    world.log.open(MessageEntry(message_id, world.clock.now(), 0, ""))
    change = Change("demo", message_id, STUDY, 0)
    admit_report(world.site, change)
    index_study(world.site, change, world.pacs, world.known)
    state = build_manifest(world.site, change, world, DB_URL, SHA1, uids=world.uids)
    assert state["prepare"] is True
    return change


def publish(world: World, change: Change, cache: MemoryStore) -> None:
    publish_manifest(world.site, change, world.connect, DEVICE)
    settle_publication(world.site, change, cache, world.fills)


def test_a_series_is_prepared_before_the_dmp_is_told_and_stays(world: World) -> None:
    change, cache = built(world), MemoryStore()
    assert work(world, cache, source()) == IS_CACHED
    assert (world.dmp_calls, served(world.records.get(STUDY), world.archive)) == (0, None)
    publish(world, change, cache)
    assert read_index(cache, keys(in_force(world))) is not None
    again = source(PacsUnavailable("must not be asked"))
    assert work(world, cache, again) == IS_CACHED
    assert len(cached(world)) == 1, "one series, one record"


def test_a_replacement_keeps_the_series_prepared_for_it_and_no_other(world: World) -> None:
    play(world, ["P1"])
    record = world.records.get(STUDY)
    assert record.current is not None
    world.records.records[STUDY] = replace(record, current=replace(record.current, version=2))
    mine = keys(in_force(world))
    others = ("studies/9.9/m/s/index.json", f"studies/{STUDY}/2.25.9/{SERIES}/index.json")
    cache = MemoryStore(objects=dict.fromkeys((mine.index, *others), b"{}"))
    change = Change("demo", record.current.message_id, STUDY, 0)
    settle_publication(world.site, change, cache, world.fills)
    assert sorted(cache.objects) == sorted((mine.index, others[0]))


def test_an_object_at_fault_is_known_before_the_dmp_is_told(world: World) -> None:
    change, cache = built(world), MemoryStore()
    for _ in range(10):
        assert work(world, cache, cut()) == Result(
            JobState.FAILED, "held:object_unservable", CORRECTION_WINDOW
        )
    assert world.entry(change.message_id).state != "held", "the workflow holds it"
    assert world.circuits.get(IMAGES).circuit is Circuit.CLOSED
    hold_publication(world.site, change, "Held", "object_unservable")
    assert world.dmp_calls == 0
    (study,) = view(world.at_rest, world.archive, world.known, OPERATOR, change.message_id)[
        "studies"
    ]
    assert (study["reason"], study["unservable"]) == ("object_unservable", [f"{SERIES}.2"])
    assert study["in_dmp"] is None
    # Corrected and replayed, the study is published.
    world.replay(change.message_id)
    world.work()
    assert len(world.manifests()) == 1
    (study,) = view(world.at_rest, world.archive, world.known, OPERATOR, change.message_id)[
        "studies"
    ]
    assert (study["outcome"], study["unservable"]) == ("published", [])


def test_a_series_is_fetched_while_the_manifest_is_sent_and_not_once_it_is_held(
    world: World,
) -> None:
    built(world)
    cache, pacs = MemoryStore(), source()
    coming = intended(world.records.get(STUDY), world.archive)
    assert coming is not None
    record = world.records.get(STUDY)
    world.records.records[STUDY] = hold(record, "dmp_refused", world.clock.now())
    assert work(world, cache, pacs, edition=coming.edition) == IS_SUPERSEDED
    assert (pacs.asked, cache.objects) == ([], {})
    world.records.records[STUDY] = enter(record, State.SENDING, world.clock.now())
    assert work(world, cache, pacs) == IS_CACHED


def test_an_object_at_fault_that_is_found_too_late_reaches_an_operator(world: World) -> None:
    """The publication did not wait any longer: the manifest came into force meanwhile."""
    change, cache = built(world), MemoryStore()

    def goes_on() -> None:
        publish(world, change, cache)

    pacs = Meanwhile(cut().objects, happens=goes_on)
    assert work(world, cache, pacs).reason == "held:object_unservable"
    (study,) = view(world.at_rest, world.archive, world.known, OPERATOR, change.message_id)[
        "studies"
    ]
    assert (study["outcome"], study["reason"]) == ("held", "object_unservable")


def test_rejected_objects_are_not_prepared(world: World) -> None:
    built(world)
    cache = MemoryStore()
    assert world.give(note()).failure is None
    assert work(world, cache, source()) == IS_CACHED
    (index,) = (decode(data) for key, data in cache.objects.items() if key.endswith("index.json"))
    assert index is not None
    assert 0 < len(index.instances) < 3


@dataclass
class Meanwhile(FolderPacs):
    """A PACS that gives its objects, and ``happens`` before the last of them."""

    happens: Callable[[], object] = lambda: None

    def retrieve_series(self, study: Uid, series: Uid, spool: Path) -> Iterator[Path]:
        *first, last = super().retrieve_series(study, series, spool)
        yield from first
        self.happens()
        yield last


def rejected(world: World) -> None:
    assert world.give(note()).failure is None


def withdrawn(world: World) -> None:
    play(world, ["W2"])


@pytest.mark.parametrize("change", [rejected, withdrawn])
def test_a_series_whose_study_changes_meanwhile_does_not_stay(
    world: World, change: Callable[[World], None]
) -> None:
    play(world, ["P1"])
    former = keys(in_force(world))
    cache = MemoryStore(objects={"studies/9.9/m/s/index.json": b"of another study"})
    pacs = Meanwhile(source().objects, happens=lambda: change(world))
    assert work(world, cache, pacs) == IS_SUPERSEDED
    assert former.index in cache.written
    assert list(cache.objects) == ["studies/9.9/m/s/index.json"]
    assert cached(world) == []


def test_a_pacs_that_is_away_opens_the_circuit_of_the_images_alone(world: World) -> None:
    play(world, ["P1"])
    cache = MemoryStore()
    while world.circuits.get(IMAGES).circuit is not Circuit.OPEN:
        with pytest.raises(PacsUnavailable, match="away"):
            work(world, cache, source(PacsUnavailable("away")))
    pacs = source()
    with pytest.raises(PacsUnavailable, match="asked again later"):
        work(world, cache, pacs)
    assert pacs.asked == []
    assert world.circuits.get(PACS).circuit is Circuit.CLOSED
    assert cached(world) == []


def outcome(world: World, message_id: str) -> tuple[str, str]:
    (study,) = view(world.at_rest, world.archive, world.known, OPERATOR, message_id)["studies"]
    return study["outcome"], study.get("reason", "")


@pytest.mark.parametrize("corrected", [False, True])
@pytest.mark.parametrize("when", ["the job runs", "the job has ended", "the study is held"])
def test_a_settlement_at_any_moment_loses_no_hold(
    world: World, monkeypatch: pytest.MonkeyPatch, when: str, corrected: bool
) -> None:
    """settle_publication swallows a hold, or its question is swallowed, but never both."""
    change, cache = built(world), MemoryStore()
    publish_manifest(world.site, change, world.connect, DEVICE)
    wish = in_force(world).filling(SERIES)
    world.fills.ask(wish, "c1")

    def settles() -> None:
        settle_publication(world.site, change, cache, world.fills)

    pacs: FolderPacs = cut()
    if when == "the job runs":
        pacs = Meanwhile(pacs.objects, happens=settles)
    if when == "the job has ended":
        finished = filling.finish

        def overtaken(*args: Any) -> bool:
            settles()
            return finished(*args)

        monkeypatch.setattr(filling, "finish", overtaken)
    assert deliver(world, cache, pacs)
    monkeypatch.undo()
    if when == "the study is held":
        settles()
    (job,) = world.jobs.jobs.values()
    if when == "the job runs":
        assert job.state is JobState.FAILED
        assert outcome(world, change.message_id) == ("held", "object_unservable")
        return
    assert job.state is JobState.ASKED, "it begins anew"
    assert deliver(world, cache, source() if corrected else cut()) is not corrected
    if not corrected:
        assert outcome(world, change.message_id) == ("held", "object_unservable")


def test_a_worker_that_is_killed_before_the_hold_is_finished_by_the_next_message(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(world, ["P1"])
    (message_id,) = world.log.entries
    cache = MemoryStore()

    def killed(*_: Any) -> bool:
        raise Killed

    monkeypatch.setattr(filling, "finish", killed)
    with pytest.raises(Killed):
        deliver(world, cache, cut())
    monkeypatch.undo()
    assert outcome(world, message_id) == ("published", "")
    assert deliver(world, cache, source())
    assert outcome(world, message_id) == ("held", "object_unservable")
    world.jobs.jobs.clear()
    assert not deliver(world, cache, source()), "a message without its job"


def test_a_pacs_that_refuses_a_published_series_reaches_an_operator(world: World) -> None:
    play(world, ["P1"])
    (message_id,) = world.log.entries
    result = work(world, MemoryStore(), source(Held("pacs_refused")))
    assert result == Result(JobState.FAILED, "held:pacs_refused", LONG_REST)
    assert outcome(world, message_id) == ("held", "pacs_refused")
    assert world.circuits.get(IMAGES).circuit is Circuit.CLOSED


@pytest.mark.parametrize("change", [rejected, withdrawn])
@pytest.mark.parametrize("error", [PacsUnavailable("away"), Held("pacs_refused"), Killed(), None])
def test_objects_of_an_attempt_that_ends_badly_do_not_stay(
    world: World, change: Callable[[World], None], error: BaseException | None
) -> None:
    """The study changes while its series is fetched, and then the attempt fails."""
    play(world, ["P1"])
    cache, former = MemoryStore(), keys(in_force(world))
    cache.objects["studies/9.9/m/s/index.json"] = b"of another study"

    def happens() -> None:
        change(world)
        cache.objects[former.instance(Uid(f"{SERIES}.1"))] = b"stored after the deletion"
        if error is not None:
            raise error

    pacs = Meanwhile(source().objects if error else cut().objects, happens=happens)
    with suppress(Killed):
        deliver(world, cache, pacs)
    world.clock.advance(LEASE)
    deliver(world, cache, source())
    assert list(cache.objects) == ["studies/9.9/m/s/index.json"]
