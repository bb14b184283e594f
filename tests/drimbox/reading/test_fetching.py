"""functions.drimbox.reading.fetching: a series from a site over TLS, good or bad, cut, resumed."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.images.display import drawn
from functions.drimbox.manifest.read import ManifestSeries
from functions.drimbox.reading import fetching
from functions.drimbox.reading import have as index
from functions.drimbox.reading import peer as peers
from functions.drimbox.reading.ended import Ended
from functions.drimbox.reading.fetching import Waiting, fetch_series, first_wanted
from functions.drimbox.reading.have import Have
from functions.drimbox.reading.keys import SeriesFolder
from functions.drimbox.reading.packing import Desk
from functions.drimbox.reading.pixel_patient import Identity, PixelPatient
from tests.drimbox.images.samples import STUDY, MemoryStore, instance, manifest
from tests.drimbox.reading.sites import (
    PATH,
    Answer,
    Asked,
    Site,
    Wire,
    by_path,
    multipart,
    site,
    storage,
    uid,
)
from tests.fakes.memory import VirtualClock

FOLDER = SeriesFolder("readings/a/b/c/d/")


def objects(*numbers: int) -> dict[str, bytes]:
    return {uid(n): instance(n) for n in numbers}


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "TIMEOUT", httpx.Timeout(2.0))
    monkeypatch.setattr("functions.drimbox.reading.pace.SILENCE", 1.0)
    monkeypatch.setattr(peers, "MAX_OBJECT", 4 * 1024 * 1024)


@dataclass
class Run:
    """One function after another that fetches the sample series; ``paused`` are its waits."""

    spool: Path
    store: MemoryStore = field(default_factory=MemoryStore)
    paused: list[float] = field(default_factory=list)
    number: int = 0
    seconds: float = 1e9

    def __call__(self, made: Site, *numbers: int, **changes: Any) -> Have:
        self.number += 1
        series = manifest(*numbers or (1, 2, 3)).series[0]
        return self.fetch(made, series, **changes)

    def fetch(self, made: Site, series: ManifestSeries, **changes: Any) -> Have:
        desk = Desk(self.store, FOLDER, f"r{self.number}", judge, drawn, seconds=0.05)
        waiting = Waiting(self.seconds, VirtualClock(), lambda: 0.0, self.paused.append)
        peer = made.peer(**changes)
        found = fetch_series(peer, desk, STUDY, series, spool=self.spool, waiting=waiting)
        assert list(self.spool.iterdir()) == []
        return found

    @property
    def kept(self) -> set[str]:
        return {key.removeprefix(FOLDER.prefix).partition("-")[0] for key in self.store.objects}


def judge(patient: PixelPatient) -> Identity:
    return Identity.AGREES if ("BÉZIERS", "ZOÉ") in patient.names else Identity.DIFFERS


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path)


def test_a_whole_series_comes_in_one_request_and_the_first_image_before_it(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "ALONE", 60.0)
    with site(by_path(objects(1, 2, 3))) as made:
        have = run(made)
    assert (have.ended, have.identity, have.awaited) == (Ended.WHOLE, Identity.AGREES, 3)
    assert have.uids == {uid(1), uid(2), uid(3)}
    assert made.paths == [f"{PATH}/instances/{uid(1)}", PATH]
    assert index.read(run.store, FOLDER) == have
    assert run.paused == []


def test_a_series_that_ended_is_not_asked_for_again(run: Run) -> None:
    with site(by_path(objects(1, 2, 3))) as made:
        have = run(made)
        asked = len(made.asked)
        assert run(made) == have
        assert len(made.asked) == asked


def test_the_image_that_is_wanted_first_does_not_wait_for_the_series(run: Run) -> None:
    told = threading.Event()

    def series(_: Asked, wire: Wire) -> None:
        assert told.wait(60)
        wire.objects(*objects(1, 2, 3).values())

    put = run.store.put

    def seen(key: str, *rest: Any) -> None:
        put(key, *rest)
        if key == FOLDER.have:
            told.set()

    run.store.put = seen  # type: ignore[method-assign,assignment]
    peers_timeout = httpx.Timeout(60.0)
    with site(by_path(objects(1, 2, 3), series)) as made, pytest.MonkeyPatch.context() as patch:
        patch.setattr(peers, "TIMEOUT", peers_timeout)
        assert run(made).ended is Ended.WHOLE


def test_the_series_does_not_wait_for_an_image_that_does_not_come(run: Run) -> None:
    asked = threading.Event()
    single = by_path(objects(1, 2, 3))

    def answer(one: Asked, wire: Wire) -> None:
        if "/instances/" in one.path:
            assert asked.wait(60)
        asked.set()
        single(one, wire)

    with site(answer) as made, pytest.MonkeyPatch.context() as patch:
        patch.setattr(peers, "TIMEOUT", httpx.Timeout(60.0))
        patch.setattr(fetching, "ALONE", 0.05)
        assert run(made).ended is Ended.WHOLE
    assert sorted(made.paths) == [PATH, f"{PATH}/instances/{uid(1)}"]


def test_a_series_of_one_object_is_asked_for_once(run: Run) -> None:
    with site(by_path(objects(1))) as made:
        assert run(made, 1).ended is Ended.WHOLE
    assert made.paths == [PATH]


def test_the_first_image_is_a_key_image_or_the_middle_of_a_volume() -> None:
    series = manifest(*range(20, 0, -1)).series[0]
    assert first_wanted(series) == uid(11)
    keyed = replace(series.instances[3], is_key=True)
    assert first_wanted(replace(series, instances=(*series.instances[:3], keyed))) == uid(17)
    assert first_wanted(replace(series, modality="US")) == uid(1)
    assert first_wanted(manifest(3, 2, 1).series[0]) == uid(1)
    unnumbered = tuple(replace(one, instance_number=None) for one in series.instances)
    assert first_wanted(replace(series, instances=unnumbered, modality="DX")) == uid(20)


# -- cuts


def _cut_after(count: int) -> Answer:
    def series(_: Asked, wire: Wire) -> None:
        wire.parts(*(instance(n) for n in range(1, count + 1)), instance(9)[:-30])

    return series


def test_a_cut_is_resumed_by_object(run: Run) -> None:
    with site(by_path(objects(1, 2, 3, 4), _cut_after(2))) as made:
        assert run(made, 1, 2, 3, 4).ended is Ended.WHOLE
    assert made.paths.count(PATH) == 1
    assert {f"{PATH}/instances/{uid(n)}" for n in (3, 4)} <= set(made.paths)
    assert f"{PATH}/instances/{uid(2)}" not in made.paths


def test_many_are_asked_for_in_one_request_again(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MANY", 1)
    cuts = iter([1, 2])

    def series(asked: Asked, wire: Wire) -> None:
        count = next(cuts, 4)
        if count < 4:
            _cut_after(count)(asked, wire)
        else:
            wire.objects(*objects(1, 2, 3, 4).values())

    with site(by_path(objects(1, 2, 3, 4), series)) as made:
        assert run(made, 1, 2, 3, 4).ended is Ended.WHOLE
    assert made.paths.count(PATH) == 3


def test_a_site_that_gives_no_single_objects_gives_the_series_again(run: Run) -> None:
    cuts = iter([True])

    def answer(asked: Asked, wire: Wire) -> None:
        if "/instances/" in asked.path:
            wire.answer(405)
        elif next(cuts, False):
            _cut_after(2)(asked, wire)
        else:
            wire.objects(*objects(1, 2, 3).values())

    with site(answer) as made:
        assert run(made).ended is Ended.WHOLE
    assert made.paths.count(PATH) == 2


def test_a_series_elsewhere_is_asked_for_object_by_object(run: Run) -> None:
    def series(_: Asked, wire: Wire) -> None:
        wire.answer(307, Location="https://elsewhere.example/series")

    with site(by_path(objects(1, 2, 3), series)) as made:
        assert run(made).ended is Ended.WHOLE
    assert made.paths.count(PATH) == 1


def test_all_elsewhere_is_no_answer_of_a_site(run: Run) -> None:
    with site(lambda _, wire: wire.answer(307, Location="https://elsewhere.example/x")) as made:
        assert run(made).ended is Ended.ODD
    assert run.kept == {"have.json.gz"}


def test_objects_that_the_site_does_not_give_are_told(run: Run) -> None:
    def series(_: Asked, wire: Wire) -> None:
        wire.objects(instance(1), instance(3))

    with site(by_path(objects(1, 3), series)) as made:
        have = run(made)
    assert (have.ended, have.uids) == (Ended.PART, frozenset({uid(1), uid(3)}))
    assert made.paths.count(PATH) == 1


@pytest.mark.parametrize("by_object", [False, True])
def test_time_that_is_over_leaves_the_rest_to_the_next_run(by_object: bool, run: Run) -> None:
    at = [0.0]
    held = objects(1, 2, 3, 4, 5)

    def answer(asked: Asked, wire: Wire) -> None:
        single = asked.path.endswith(f"/instances/{uid(3)}")
        if single or (not by_object and "/instances/" not in asked.path):
            at[0] = 10.0
        by_path(held, _cut_after(1) if by_object else None)(asked, wire)

    with site(answer) as made:
        series = manifest(1, 2, 3, 4, 5).series[0]
        desk = Desk(run.store, FOLDER, "r0", judge, drawn, seconds=0.05)
        waiting = Waiting(3, VirtualClock(), lambda: at[0], run.paused.append)
        peer = made.peer()
        have = fetch_series(peer, desk, STUDY, series, spool=run.spool, waiting=waiting)
        assert (have.ended, uid(5) in have.uids) == (None, False)
        assert uid(1) in have.uids
        again = fetch_series(peer, desk, STUDY, series, spool=run.spool, waiting=waiting)
        assert again.uids == have.uids
        assert run.fetch(made, series).ended is Ended.WHOLE
        assert made.paths.count(PATH) == 1


# -- bad sites


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, Ended.REFUSED),
        (403, Ended.REFUSED),
        (404, Ended.STALE),
        (410, Ended.GONE),
        (400, Ended.ODD),
    ],
)
def test_a_refusal_ends_at_once(status: int, expected: Ended, run: Run) -> None:
    with site(lambda _, wire: wire.answer(status)) as made:
        assert run(made).ended is expected
    assert made.paths.count(PATH) == 1
    assert run.paused == []


def test_a_site_that_fails_is_asked_some_times(run: Run) -> None:
    with site(lambda _, wire: wire.answer(500)) as made:
        assert run(made).ended is Ended.AWAY
    assert made.paths.count(PATH) == fetching.TRIES
    assert run.paused == [1.0, 2.0, 4.0, 8.0]


def test_a_site_that_says_when_to_come_back_is_waited_for(run: Run) -> None:
    busy = iter([True] * 14)

    def answer(asked: Asked, wire: Wire) -> None:
        if "/instances/" not in asked.path and not next(busy, False):
            wire.objects(*objects(1, 2, 3).values())
        else:
            wire.answer(503, Retry_After="10")

    with site(answer) as made:
        assert run(made).ended is Ended.WHOLE
    assert run.paused[:5] == [10, 10, 10, 10, 16]
    assert max(run.paused) == fetching.LONGEST_PAUSE


def test_it_is_not_waited_for_ever(run: Run) -> None:
    with site(lambda _, wire: wire.answer(503, Retry_After="3600")) as made:
        assert run(made).ended is Ended.AWAY
    assert sum(run.paused) == fetching.PATIENCE


def _stranger(_: Asked, wire: Wire) -> None:
    wire.objects(instance(1, StudyInstanceUID="1.2.3"), instance(2, SeriesInstanceUID="1.2.3"))


def _garbage(_: Asked, wire: Wire) -> None:
    wire.objects(b"garbage" * 99)


def _nothing(_: Asked, wire: Wire) -> None:
    wire.objects(b"")


def _ten_gigabytes(_: Asked, wire: Wire) -> None:
    wire.parts(b"")
    while not wire.stopped.is_set():
        wire.send(bytes(1024 * 1024))


def _too_many(_: Asked, wire: Wire) -> None:
    wire.parts(*[instance(9)] * 60)


@pytest.mark.parametrize("answer", [_stranger, _garbage, _nothing, _ten_gigabytes, _too_many])
def test_an_answer_of_no_drimbox_ends_with_nothing(answer: Answer, run: Run) -> None:
    with site(answer) as made:
        have = run(made)
    assert (have.ended, have.instances) == (Ended.ODD, ())
    assert run.kept == {"have.json.gz"}


def test_another_patients_images_leave_nothing(run: Run) -> None:
    def series(_: Asked, wire: Wire) -> None:
        wire.objects(instance(1), instance(2, PatientName="AUTRE^CAMILLE"), instance(3))

    with site(by_path(objects(1), series)) as made:
        have = run(made)
    assert (have.ended, have.identity, have.instances) == (Ended.DIFFERS, Identity.DIFFERS, ())
    assert have.patient["name"] == "AUTRE CAMILLE"
    assert run.kept == {"have.json.gz"}
    assert index.read(run.store, FOLDER) == have


def test_the_first_image_alone_may_be_anothers(run: Run) -> None:
    with site(by_path({uid(1): instance(1, PatientName="AUTRE^CAMILLE")}, _silent)) as made:
        have = run(made)
    assert have.ended is Ended.DIFFERS


def _silent(_: Asked, wire: Wire) -> None:
    wire.stopped.wait(60)


def _slow(_: Asked, wire: Wire) -> None:
    wire.parts(b"")
    while not wire.stopped.wait(0.05):
        wire.send(b"x")


def _reset(_: Asked, wire: Wire) -> None:
    wire.connection.close()


@pytest.mark.parametrize("answer", [_slow, _reset, _silent])
def test_a_site_that_gives_nothing_is_away(
    answer: Answer, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "TRIES", 2)
    with site(answer) as made:
        assert run(made).ended is Ended.AWAY


def test_our_own_cache_may_hold_the_series(run: Run) -> None:
    body, content_type = multipart(tuple(objects(1, 2, 3).values()))

    def cache(_: httpx.Request) -> httpx.Response:
        headers = {"content-type": content_type}
        return httpx.Response(200, headers=headers, stream=httpx.ByteStream(body))

    def series(_: Asked, wire: Wire) -> None:
        wire.answer(307, Location="https://cache.example/x")

    with site(by_path({}, series)) as made:
        have = run(made, storage=storage("https://cache.example", cache))
    assert have.ended is Ended.WHOLE


# -- killed at every part


@pytest.mark.parametrize("call", range(6))
def test_a_run_that_died_anywhere_is_resumed(call: int, run: Run) -> None:
    numbers = (1, 2, 3)
    calls = iter(range(100))
    put = run.store.put

    def dying(key: str, *rest: Any) -> None:
        if next(calls) == call:
            raise StorageUnavailable("killed")
        put(key, *rest)

    run.store.put = dying  # type: ignore[method-assign,assignment]
    with site(by_path(objects(*numbers))) as made:
        try:
            have = run(made, *numbers)
        except StorageUnavailable:
            have = run(made, *numbers)
    assert (have.ended, have.uids) == (Ended.WHOLE, frozenset(uid(n) for n in numbers))
    for one in have.instances:
        data = run.store.objects[FOLDER.pack(one.pack)][one.offset : one.offset + one.size]
        assert data == instance(int(one.sop_instance_uid.rpartition(".")[2]))


@pytest.mark.parametrize("seed", range(12))
def test_a_site_that_is_killed_at_any_byte_loses_nothing(seed: int, run: Run) -> None:
    chance = random.Random(seed)  # noqa: S311  # a draw
    held = objects(1, 2, 3, 4, 5)
    body, content_type = multipart(tuple(held.values()))
    kills = iter([True] * 3)
    lock = threading.Lock()

    def answer(asked: Asked, wire: Wire) -> None:
        _, single, name = asked.path.partition("/instances/")
        data, kind = multipart((held[name],)) if single else (body, content_type)
        with lock:
            cut = chance.randrange(len(data)) if next(kills, False) else len(data)
        wire.head(200, {"Content-Type": kind, "Content-Length": str(len(data))})
        wire.send(data[:cut])

    with site(answer) as made:
        have = run(made, 1, 2, 3, 4, 5)
    assert (have.ended, len(have.uids)) == (Ended.WHOLE, 5)
