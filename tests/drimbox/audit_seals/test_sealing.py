"""Sealing: every closed day once, in order, whatever fails and whenever."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from functions.drimbox.audit_seals import sealing
from functions.drimbox.audit_seals.sealing import Outcome, hours_behind
from functions.drimbox.errors import StorageUnavailable
from tests.drimbox.audit_seals.scenes import DAY, FIRST, FOREVER, Scene, at, judge, three_days
from tests.fakes.world import Killed


def _head(data: bytes) -> dict[str, object]:
    facts: dict[str, object] = json.loads(data.split(b"\n")[0])
    return facts


def test_every_closed_day_is_sealed_also_one_without_a_record() -> None:
    scene = three_days()
    judge(scene)
    counts = [_head(data)["records"] for _, data in sorted(scene.files().items())]
    assert counts == [2, 0, 2]
    assert _head(scene.bytes_of(FIRST))["previous"] is None
    assert scene.seal(FIRST + 2 * DAY) == Outcome(0, 0, is_finished=True)


def test_a_day_is_not_sealed_before_its_margin_has_passed() -> None:
    scene = Scene()
    scene.record(FIRST)
    scene.clock.at = at(FIRST, 26) - timedelta(seconds=1)
    assert scene.sealing.next_day() is None
    assert scene.sealing.run(FOREVER) == Outcome(0, 0, is_finished=True)
    scene.clock.at = at(FIRST, 26)
    assert scene.sealing.next_day() == FIRST
    assert hours_behind(FIRST + DAY, scene.clock.now()) == 2
    assert scene.sealing.run(FOREVER).sealed == 1


def test_a_name_that_is_no_day_begins_no_chain() -> None:
    scene = Scene()
    for name in ("2001-01-01", "2099-01-01", "images.retrieved"):
        scene.audit.put(f"audit/{name}/x.json", b"{}")
    scene.record(FIRST)
    assert scene.seal(FIRST).sealed == 1
    assert list(scene.files()) == [FIRST]


def test_a_late_record_is_in_the_next_seal_and_in_that_one_alone() -> None:
    scene = three_days()
    scene.record(FIRST, "late")
    third = FIRST + 3 * DAY
    assert scene.seal(third) == Outcome(1, 1, is_finished=True)
    judge(scene)
    last = scene.bytes_of(third)
    assert json.loads(last.decode().split("\n")[1])[0].endswith("/late.json")
    assert scene.seal(third + DAY) == Outcome(1, 0, is_finished=True)


def test_a_deletion_is_in_the_seal() -> None:
    scene = Scene()
    scene.record(FIRST, "r")
    scene.audit.put(f"audit/{FIRST}/images.retrieved/r.json", None)
    scene.seal(FIRST)
    judge(scene)
    assert scene.bytes_of(FIRST).endswith(b"null]\n")


def test_of_an_unreadable_seal_every_record_counts_as_late() -> None:
    scene = three_days()
    (version,) = [one for one in scene.sealed.objects if str(FIRST) in one.key]
    scene.sealed.objects[version] = b"forged"
    assert scene.seal(FIRST + 3 * DAY).late == 2


def test_a_seal_of_a_day_to_come_and_a_marker_change_nothing() -> None:
    scene = three_days()
    scene.sealed.put("seals/2027-01-01.jsonl", b"forged")
    scene.sealed.put(f"seals/{FIRST + 2 * DAY}.jsonl", None)
    assert scene.seal(FIRST + 3 * DAY).sealed == 1


def test_bytes_that_the_store_calls_ill_are_never_sealed() -> None:
    scene = Scene()
    scene.record(FIRST, "r")
    scene.trail.ill = {f"audit/{FIRST}/images.retrieved/r.json"}
    with pytest.raises(StorageUnavailable):
        scene.seal(FIRST)
    assert scene.files() == {}


def test_a_seal_that_another_run_has_just_written_stays() -> None:
    scene = three_days()
    third = FIRST + 3 * DAY

    def overtake(access: str) -> None:
        if access == f"put seals/{third}.jsonl":
            scene.sealed.touch = lambda _: None
            other_run = sealing.Sealing("demo", scene.trail, scene.seals, scene.clock)
            assert other_run.run(FOREVER).sealed == 1

    scene.sealed.touch = overtake
    assert scene.seal(third) == Outcome(0, 0, is_finished=False)
    judge(scene)
    assert scene.seal(third + DAY) == Outcome(1, 0, is_finished=True)
    judge(scene)


def test_a_run_begins_no_day_after_its_time() -> None:
    scene = Scene()
    scene.record(FIRST)
    assert scene.seal(FIRST, until=at(FIRST, 26)) == Outcome(0, 0, is_finished=False)
    assert scene.files() == {}


def test_a_huge_day_is_continued(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "CHUNK", 3)
    scene = Scene()
    reads: list[str] = []
    for number in range(10):
        scene.record(FIRST, f"r{number}")
    scene.clock.at = at(FIRST, 26)

    def slow(access: str) -> None:
        if access.startswith("get"):
            reads.append(access)
            scene.clock.advance(timedelta(minutes=1))

    scene.audit.touch = slow
    runs = 0
    while not scene.sealing.run(scene.clock.now() + timedelta(minutes=2)).is_finished:
        runs += 1
        assert runs < 10
    assert len(reads) == len(set(reads)) == 10, "none is read twice"
    scene.audit.touch = lambda _: None
    judge(scene)
    scene.sealed.put(f"progress/{FIRST + DAY}/other.jsonl", b"cut")
    scene.record(FIRST + DAY)
    assert scene.seal(FIRST + DAY).sealed == 1
    judge(scene)


@pytest.mark.parametrize("error", [StorageUnavailable, Killed])
def test_a_fault_at_any_access_leaves_no_wrong_seal(
    monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    """Each listing is cut at each of its entries, each read and each write fails, also after its
    effect; the next run goes on, and the chain is that of a calm run."""
    monkeypatch.setattr(sealing, "CHUNK", 2)

    def scene_with_records() -> Scene:
        scene = three_days()
        scene.record(FIRST, "late")
        for number in range(3):
            scene.record(FIRST + 3 * DAY, f"r{number}")
        return scene

    calm = scene_with_records()
    calm.seal(FIRST + 4 * DAY)
    judge(calm)
    number = 0
    while True:
        number += 1
        scene = scene_with_records()
        left = iter(range(number - 1, -1, -1))

        def fail(access: str, left: Iterator[int] = left) -> None:
            if next(left, None) == 0:
                raise error(access)

        scene.audit.touch = scene.sealed.touch = fail
        try:
            scene.seal(FIRST + 4 * DAY)
        except error:
            judge(scene)
            scene.seal(FIRST + 4 * DAY)
        else:
            break
        assert scene.files() == calm.files()
    assert number > 60
