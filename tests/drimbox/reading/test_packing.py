"""functions.drimbox.reading.packing: objects checked, gathered, stored and told of."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.images.display import drawn
from functions.drimbox.reading import have as index
from functions.drimbox.reading import packing
from functions.drimbox.reading.checking import Expected, OtherPatient
from functions.drimbox.reading.ended import Ended
from functions.drimbox.reading.have import Have
from functions.drimbox.reading.keys import SeriesFolder
from functions.drimbox.reading.packing import Desk, Packer
from functions.drimbox.reading.pixel_patient import Identity, PixelPatient
from tests.drimbox.images.samples import (
    IMPLICIT,
    JPEG_LS,
    SERIES,
    STUDY,
    MemoryStore,
    dataset,
    instance,
)
from tests.drimbox.reading.sites import uid

Given = Callable[[bytes], bytes | Path]
FOLDER = SeriesFolder("readings/a/b/c/d/")


def expected(*numbers: int) -> Expected:
    return Expected(STUDY, SERIES, frozenset(uid(n) for n in numbers))


def desk(store: MemoryStore, **changes: Any) -> Desk:
    facts: dict[str, Any] = {
        "run": "r1",
        "judge": lambda _: Identity.AGREES,
        "display": drawn,
        "seconds": 60.0,
        **changes,
    }
    return Desk(store, FOLDER, **facts)


@pytest.fixture(params=["held", "filed"])
def given(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Given]:
    """Gives an object as a request does: its bytes, or its file where it is large."""
    numbers = iter(range(1000))

    def write(data: bytes) -> bytes | Path:
        if request.param == "held":
            return data
        path = tmp_path / f"file-{next(numbers)}"
        path.write_bytes(data)
        return path

    yield write
    assert list(tmp_path.iterdir()) == []


def packs(store: MemoryStore) -> list[str]:
    return [key.removeprefix(FOLDER.prefix) for key in store.objects if "pack" in key]


def test_the_first_image_is_told_of_at_once(given: Given, tmp_path: Path) -> None:
    store = MemoryStore()
    with Packer(desk(store), expected(1, 2, 3), Have(3), tmp_path) as packer:
        packer.offer(given(instance(2)))
        packer.settle()
        assert packs(store) == ["pack-r1-00000"]
        told = index.read(store, FOLDER)
        assert told is not None
        assert (told.uids, told.awaited, told.ended) == (frozenset({uid(2)}), 3, None)
        packer.offer(given(instance(1)))
        packer.offer(given(instance(3)))
        assert not packer.is_empty
    assert packs(store) == ["pack-r1-00000", "pack-r1-00001"]
    assert packer.missing == frozenset()
    assert packer.have == index.read(store, FOLDER)
    assert packer.have.identity is Identity.AGREES


def test_each_object_is_found_by_its_place(given: Given, tmp_path: Path) -> None:
    store = MemoryStore()
    with Packer(desk(store), expected(1, 2, 3), Have(3), tmp_path) as packer:
        for number, syntax in ((1, IMPLICIT), (2, JPEG_LS), (3, IMPLICIT)):
            packer.offer(given(instance(number, syntax)))
    for one in packer.have.instances:
        data = store.objects[FOLDER.pack(one.pack)][one.offset : one.offset + one.size]
        assert hashlib.sha256(data).hexdigest() == one.sha256
        assert data[128:132] == b"DICM"
        assert one.frames is not None
        ((start, size),) = one.frames
        pixels = dataset(int(one.sop_instance_uid[len(SERIES) + 1 :])).PixelData
        assert data[start : start + size] == pixels
        assert one.display["uid"] == one.sop_instance_uid
        assert "BÉZIERS" not in str(one.display)
    # Uncompressed ones are in the form that DICOMweb knows.
    assert {one.transfer_syntax for one in packer.have.instances} == {
        "1.2.840.10008.1.2.1",
        JPEG_LS,
    }


def test_a_pack_is_closed_at_its_size(
    given: Given, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(packing, "PACK_BYTES", 2 * len(instance(1)))
    store = MemoryStore()
    with Packer(desk(store), expected(*range(1, 7)), Have(6), tmp_path) as packer:
        for number in range(1, 7):
            packer.offer(given(instance(number)))
    counts = [len(store.objects[FOLDER.pack(name)]) // len(instance(1)) for name in packs(store)]
    assert counts == [1, 2, 2, 1]


def test_a_pack_is_closed_after_its_time(given: Given, tmp_path: Path) -> None:
    store = MemoryStore()
    written = threading.Event()
    put = store.put

    def seen(key: str, *rest: Any) -> None:
        put(key, *rest)
        if "pack-r1-00001" in key:
            written.set()

    store.put = seen  # type: ignore[method-assign,assignment]
    with Packer(desk(store, seconds=0.05), expected(1, 2, 3), Have(3), tmp_path) as packer:
        packer.offer(given(instance(1)))
        packer.offer(given(instance(2)))
        assert written.wait(60)
    assert packer.missing == {uid(3)}


def test_an_object_that_is_written_anew_leaves_nothing_on_the_disk(tmp_path: Path) -> None:
    store, broken = MemoryStore(), instance(2, IMPLICIT)[:-4]
    anew = Expected(STUDY, SERIES, frozenset({uid(1), uid(2)}))
    with Packer(desk(store), anew, Have(2), tmp_path) as packer:
        packer.offer(broken)
        packer.offer(instance(1, IMPLICIT))
    assert packer.have.uids == {uid(1)}
    assert list(tmp_path.iterdir()) == []


def test_a_preamble_and_zeros_behind_the_pixels_are_not_kept(given: Given, tmp_path: Path) -> None:
    store, plain = MemoryStore(), instance(1)
    with Packer(desk(store), expected(1), Have(1), tmp_path) as packer:
        packer.offer(given(b"II*" + plain[3:] + bytes(64)))
    assert store.objects[FOLDER.pack(packs(store)[0])] == plain


STRANGERS = {
    "not named": instance(9),
    "of another study": instance(2, StudyInstanceUID="1.2.3"),
    "of another series": instance(2, SeriesInstanceUID="1.2.3"),
    "not DICOM": b"garbage",
    "empty": b"",
    "cut": instance(2)[:-4],
}


@pytest.mark.parametrize("name", STRANGERS)
def test_strangers_are_dropped(name: str, given: Given, tmp_path: Path) -> None:
    store = MemoryStore()
    with Packer(desk(store), expected(1, 2), Have(2), tmp_path) as packer:
        packer.offer(given(STRANGERS[name]))
        packer.offer(given(instance(1)))
    assert packer.have.uids == {uid(1)}
    assert packer.strangers == 1


def test_an_object_that_is_there_is_not_stored_again(given: Given, tmp_path: Path) -> None:
    store = MemoryStore()
    with Packer(desk(store), expected(1, 2, 3), Have(3), tmp_path) as packer:
        for number in (1, 1, 2, 2):
            packer.offer(given(instance(number)))
    assert [one.sop_instance_uid for one in packer.have.instances] == [uid(1), uid(2)]
    with Packer(desk(store, run="r2"), expected(1, 2, 3), packer.have, tmp_path) as again:
        for number in (2, 3):
            again.offer(given(instance(number)))
    assert again.have.uids == {uid(1), uid(2), uid(3)}
    assert packs(store)[-1] == "pack-r2-00000"
    assert (packer.strangers, again.strangers) == (0, 0)


def test_one_image_of_unknown_identity_makes_the_series_unknown(
    given: Given, tmp_path: Path
) -> None:
    judged: list[PixelPatient] = []

    def judge(patient: PixelPatient) -> Identity:
        judged.append(patient)
        return Identity.UNKNOWN if ("AUTRE", "") in patient.names else Identity.AGREES

    store = MemoryStore()
    seen = []
    with Packer(desk(store, judge=judge), expected(1, 2, 3), Have(3), tmp_path) as packer:
        for number, changes in ((1, {}), (2, {"PatientName": "AUTRE"}), (3, {})):
            packer.offer(given(instance(number, **changes)))
            packer.settle()
            seen.append(packer.have.identity)
    assert seen == [Identity.AGREES, Identity.UNKNOWN, Identity.UNKNOWN]
    assert len(judged) == 2, "a patient in the same words is judged once"


def test_another_patients_image_ends_it(tmp_path: Path) -> None:
    def judge(patient: PixelPatient) -> Identity:
        named = ("BÉZIERS", "ZOÉ") in patient.names
        return Identity.AGREES if named else Identity.DIFFERS

    def fill(store: MemoryStore) -> None:
        with Packer(desk(store, judge=judge), expected(1, 2, 3), Have(3), tmp_path) as packer:
            for name, data in (
                ("one", instance(1)),
                ("two", instance(2, PatientName="AUTRE^CAMILLE")),
            ):
                (tmp_path / name).write_bytes(data)
                packer.offer(tmp_path / name)
            packer.settle()

    with pytest.raises(OtherPatient) as other:
        fill(MemoryStore())
    assert other.value.ended is Ended.DIFFERS
    assert other.value.patient.names == (("AUTRE", "CAMILLE"),)


@pytest.mark.parametrize("broken", ["pack", "have"])
def test_a_storage_that_fails_leaves_from_the_block(broken: str, tmp_path: Path) -> None:
    path = tmp_path / "one"
    path.write_bytes(instance(1))
    store = MemoryStore(broken={broken: StorageUnavailable("down")})

    def fill() -> None:
        with Packer(desk(store), expected(1, 2), Have(2), tmp_path) as packer:
            packer.offer(path)

    with pytest.raises(StorageUnavailable):
        fill()
    assert index.read(store, FOLDER) is None


def test_an_offer_after_a_failure_meets_it(tmp_path: Path) -> None:
    store = MemoryStore(broken={"pack": StorageUnavailable("down")})

    def fill() -> None:
        with Packer(desk(store), expected(*range(1, 50)), Have(50), tmp_path) as packer:
            for number in range(1, 50):
                path = tmp_path / str(number)
                path.write_bytes(instance(number))
                packer.offer(path)

    with pytest.raises(StorageUnavailable):
        fill()


def test_a_failure_of_the_block_stops_the_thread(tmp_path: Path) -> None:
    store = MemoryStore()
    path = tmp_path / "one"
    path.write_bytes(instance(1))

    def fill() -> None:
        with Packer(desk(store), expected(1, 2), Have(2), tmp_path) as packer:
            packer.offer(path)
            packer.settle()
            raise KeyError("ours")

    with pytest.raises(KeyError):
        fill()
    assert threading.active_count() < 50
    have = index.read(store, FOLDER)
    assert have is not None
    assert have.uids == {uid(1)}


def test_frames_beyond_the_most_are_not_told(
    given: Given, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(packing, "MAX_PIECES", 1)
    store = MemoryStore()
    with Packer(desk(store), expected(1, 2), Have(2), tmp_path) as packer:
        packer.offer(given(instance(1)))
        packer.offer(given(instance(2)))
    assert [one.frames is None for one in packer.have.instances] == [False, True]


def test_a_slow_storage_makes_the_site_wait(
    given: Given, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(packing, "_LOOK", 0.01)
    store, free = MemoryStore(), threading.Event()
    put, offered = store.put, []

    def slow(key: str, *rest: Any) -> None:
        assert free.wait(60)
        put(key, *rest)

    store.put = slow  # type: ignore[method-assign,assignment]

    def offer(packer: Packer) -> None:
        for number in range(1, 9):
            packer.offer(given(instance(number)))
            offered.append(number)

    with Packer(desk(store), expected(*range(1, 9)), Have(8), tmp_path) as packer:
        site = threading.Thread(target=offer, args=(packer,))
        site.start()
        site.join(0.2)
        assert len(offered) < 8
        free.set()
        site.join()
    assert packer.missing == frozenset()
