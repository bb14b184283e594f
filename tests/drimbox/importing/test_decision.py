"""functions.drimbox.importing.decision: every obstacle that can be seen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydicom import Dataset

from functions.drimbox.importing import decision
from functions.drimbox.importing.decision import Judged, judge
from functions.drimbox.importing.obstacle import Obstacle
from functions.drimbox.reading.ended import Ended
from functions.drimbox.reading.shelf import Shelf
from functions.drimbox.tenants.model import ImageQuality
from tests.drimbox.importing.exams import placed_exam, reading, whole
from tests.drimbox.reading.exam_scenes import images
from tests.drimbox.reading.shelves import shelf as empty
from tests.fakes.world import TENANT

MAY = replace(TENANT, imports=True)


def judged(on: Shelf, **changes: Any) -> Judged:
    return judge(MAY, on, reading(), **({"own": False} | changes))


def test_a_whole_exam_of_one_patient_may_be_imported() -> None:
    on = empty()
    whole(on)
    for every in (False, True):
        found = judged(on, every=every)
        assert (found.obstacle, found.waiting, found.total, found.here) == (None, False, 3, 3)
        assert found.received is not None
        assert found.received.identifier == "IPP-00471"
        assert found.patient is not None
        assert found.patient.identifier == "IPP101"
        assert found.size == sum(map(len, images(1, 2, 3).values()))


def test_before_the_first_image_nothing_stands_against_it() -> None:
    on = empty()
    assert judged(on).waiting
    placed_exam(on, reading(), {}, awaited=3, ended=None)
    found = judged(on)
    assert (found.obstacle, found.waiting, found.total, found.here) == (None, True, 3, 0)


def test_the_tenant_the_site_and_the_call() -> None:
    on = empty()
    whole(on)
    assert judge(TENANT, on, reading(), own=False).obstacle is Obstacle.OFF
    assert judged(on, own=True).obstacle is Obstacle.OWN
    structure = replace(MAY.structures[0], id=reading().entry.establishment[0])
    ours = replace(MAY, structures=(structure,))
    assert judge(ours, on, reading(), own=False).obstacle is Obstacle.OWN
    nobody = replace(reading(), context=replace(reading().context, local_issuer="A&B"))
    assert judge(MAY, on, nobody, own=False).obstacle is Obstacle.NO_LOCAL_ID


def test_an_exam_of_a_file_and_one_in_viewing_quality() -> None:
    on = empty()
    whole(on)
    given = replace(reading(), entry=replace(reading().entry, given_at="2026-11-29T08:00:00"))
    assert judge(MAY, on, given, own=False).obstacle is Obstacle.FILE
    seen = replace(reading().opened, quality=ImageQuality.VIEWING)
    viewed = replace(reading(), opened=seen)
    assert judge(MAY, on, viewed, own=False).obstacle is Obstacle.VIEWING


def test_another_patient_in_the_manifest() -> None:
    on = empty()
    placed_exam(on, reading(), images(1), birth_family="AUTRE")
    found = judged(on)
    assert (found.obstacle, found.differing) == (Obstacle.MANIFEST, ("name",))


def test_one_image_of_another_patient_among_many() -> None:
    on = empty()
    placed_exam(on, reading(), images(1) | images(2, PatientSex="M"))
    assert judged(on).obstacle is None, "a preview looks at one image of each series"
    found = judged(on, every=True)
    assert (found.obstacle, found.differing) == (Obstacle.IMAGES, ("sex",))
    assert found.received is not None
    assert found.received.sex == "M"


@pytest.mark.parametrize(
    ("ended", "obstacle", "waiting"),
    [
        (None, None, True),
        (Ended.STALE, None, True),
        (Ended.PART, Obstacle.NOT_WHOLE, False),
        (Ended.GONE, Obstacle.NOT_WHOLE, False),
        (Ended.DIFFERS, Obstacle.IMAGES, False),
    ],
)
def test_a_partly_fetched_exam(ended: Ended | None, obstacle: Any, waiting: bool) -> None:
    on = empty()
    placed_exam(on, reading(), images(1, 2), awaited=3, ended=ended)
    found = judged(on)
    assert (found.obstacle, found.waiting) == (obstacle, waiting)


def long_head(size: int, *, at: str) -> dict[str, Any]:
    """A sequence of that many bytes before the patient, or behind."""
    item = Dataset()
    item.CodeMeaning = "x" * 64
    return {at: [item] * (size // 80)}


@pytest.mark.parametrize("size", [1, 70_000])
def test_a_patient_may_stand_behind_a_long_group(size: int) -> None:
    on = empty()
    placed_exam(on, reading(), images(1, **long_head(size, at="ProcedureCodeSequence")))
    assert judged(on).obstacle is None


def test_a_head_that_cannot_be_read() -> None:
    for data in (
        images(1, **long_head(5_000_000, at="ProcedureCodeSequence")),
        {name: one[:300] for name, one in images(1).items()},
    ):
        on = empty()
        placed_exam(on, reading(), data)
        assert judged(on).obstacle is Obstacle.UNREADABLE


def test_an_object_may_end_with_its_patient() -> None:
    on = empty()
    ((name, one),) = images(1).items()
    placed_exam(on, reading(), {name: one[: one.index(b"\x20\x00\x0d\x00UI")]})
    assert judged(on).obstacle is None


def test_a_first_piece_may_end_between_two_elements(monkeypatch: pytest.MonkeyPatch) -> None:
    on = empty()
    whole(on)
    place = images(1)["1.2.250.9.5.1.1"].index(b"\x10\x00\x20\x00LO")
    monkeypatch.setattr(decision, "_HEADS", (place, 65536))
    assert judged(on).obstacle is None


def test_a_pack_that_has_gone() -> None:
    on = empty()
    whole(on)
    store: Any = on.store
    for key in [one for one in store.objects if one.endswith("pack-r-0")]:
        del store.objects[key]
    assert judged(on).obstacle is Obstacle.UNREADABLE


def test_objects_that_were_looked_at_are_not_looked_at_again() -> None:
    on = empty()
    placed_exam(on, reading(), images(1) | images(2, PatientSex="M"))
    found = judged(on, every=True)
    assert found.looked
    again = judged(on, every=True, looked=found.looked)
    assert (again.obstacle, again.looked) == (None, found.looked), "one of each series alone"
    placed_exam(on, reading(), images(1) | images(2, PatientSex="M", SeriesDescription="other"))
    assert judged(on, every=True, looked=found.looked).obstacle is Obstacle.IMAGES
    assert judged(on).looked == ""
