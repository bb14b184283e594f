"""functions.drimbox.reading.opening: an exam is opened, and opened again."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from functions.drimbox.errors import DmpUnavailable, DocumentUnusable
from functions.drimbox.images.display import drawn
from functions.drimbox.reading import have as index
from functions.drimbox.reading.checking import Expected
from functions.drimbox.reading.ended import MAY_CHANGE, Ended
from functions.drimbox.reading.opening import (
    in_quality,
    open_exam,
    open_own,
    opened_before,
    reading_of,
    shown_series,
)
from functions.drimbox.reading.packing import Desk, Packer
from functions.drimbox.reading.pixel_patient import Identity
from functions.drimbox.reading.readings import Opened
from functions.drimbox.tenants.model import ImageQuality
from tests.drimbox.consultation.readers import CALL
from tests.drimbox.images.samples import SERIES, STUDY
from tests.drimbox.reading.exam_scenes import exam_entry, images, manifest
from tests.drimbox.reading.shelves import PAGE, SESSION, filled, reading, shelf
from tests.drimbox.reading.sites import uid

_ENTRY = (exam_entry(), CALL)


@dataclass
class Workflow:
    started: list[tuple[str, str, int]] = field(default_factory=list)

    def start(self, page: str, exam: str, run: int) -> None:
        self.started.append((page, exam, run))


def nobody() -> bytes:
    raise AssertionError("the DMP was asked")


def test_the_first_opening_asks_the_dmp_and_starts() -> None:
    made, workflow, opened = shelf(), Workflow(), reading()
    found = open_exam(made, opened, manifest, workflow)
    assert made.manifest(opened) == found
    assert workflow.started == [(PAGE, opened.exam, 1)]
    assert made.readings.get(PAGE, opened.exam) == opened.opened
    # The same run again: the workflow starts it once.
    open_exam(made, opened, nobody, workflow)
    assert workflow.started[1:] == [(PAGE, opened.exam, 1)]


def test_nothing_is_started_without_a_manifest() -> None:
    made, workflow, opened = shelf(), Workflow(), reading()

    def away() -> bytes:
        raise DmpUnavailable("down")

    with pytest.raises(DmpUnavailable):
        open_exam(made, opened, away, workflow)
    with pytest.raises(DocumentUnusable):
        open_exam(made, opened, lambda: b"garbage", workflow)
    assert workflow.started == []
    assert made.manifest(opened) is None
    assert made.readings.get(PAGE, opened.exam) is None


@pytest.mark.parametrize("ended", sorted(MAY_CHANGE))
def test_an_end_that_may_change_is_begun_again(ended: Ended) -> None:
    """And the DMP may be asked for a newer manifest once more."""
    made, workflow, opened = shelf(), Workflow(), reading()
    opened = replace(opened, opened=replace(opened.opened, renewed=True))
    kept = filled(made, opened, ended)
    open_exam(made, opened, nobody, workflow)
    assert workflow.started == [(PAGE, opened.exam, 2)]
    assert made.readings.get(PAGE, opened.exam) == replace(opened.opened, runs=2, renewed=False)
    assert [one.ended for one in made.haves(opened, kept)] == [None]


@pytest.mark.parametrize("ended", sorted(set(Ended) - MAY_CHANGE))
def test_any_other_end_stays(ended: Ended) -> None:
    made, workflow, opened = shelf(), Workflow(), reading()
    filled(made, opened, ended)
    open_exam(made, opened, nobody, workflow)
    assert workflow.started == [(PAGE, opened.exam, 1)]


def test_a_reading_is_known_again_in_its_own_session_alone() -> None:
    made, opened = shelf(), reading(runs=3)
    made.readings.keep(PAGE, opened.exam, opened.opened)
    anew = Opened(SESSION, "f" * 11, 9)
    assert reading_of(made, PAGE, anew, exam_entry(), CALL).opened == opened.opened
    other = replace(anew, session="t" * 43)
    assert reading_of(made, PAGE, other, exam_entry(), CALL).opened == other


def test_an_exam_of_our_own_is_remembered_and_may_become_anothers() -> None:
    made, opened = shelf(), reading()
    assert opened_before(made, PAGE, SESSION, exam_entry(), ImageQuality.LOSSLESS) is None
    open_own(made, PAGE, opened.opened, exam_entry())
    kept = opened_before(made, PAGE, SESSION, exam_entry(), ImageQuality.LOSSLESS)
    assert kept == replace(opened.opened, own=True)
    assert opened_before(made, PAGE, "t" * 43, exam_entry(), ImageQuality.LOSSLESS) is None
    assert reading_of(made, PAGE, opened.opened, exam_entry(), CALL).opened == opened.opened


def test_the_same_exam_in_another_quality_stands_beside_it() -> None:
    made, workflow = shelf(), Workflow()
    viewed = reading_of(
        made, PAGE, Opened(SESSION, "e" * 11, 1, 4, quality=ImageQuality.VIEWING), *_ENTRY
    )
    filled(made, viewed, Ended.WHOLE)
    open_exam(made, viewed, nobody, workflow)
    lossless = in_quality(made, viewed, ImageQuality.LOSSLESS)
    assert (lossless.opened.quality, lossless.opened.runs) == (ImageQuality.LOSSLESS, 1)
    assert (lossless.exam, made.manifest(lossless)) == (reading().exam, None)
    open_exam(made, lossless, manifest, workflow)
    assert [exam for _, exam, _ in workflow.started] == [viewed.exam, lossless.exam]
    # An exam that was opened in it before is found again, and the other one is as it was.
    assert in_quality(made, viewed, ImageQuality.LOSSLESS) == lossless
    assert in_quality(made, lossless, ImageQuality.VIEWING) == viewed
    found = [opened_before(made, PAGE, SESSION, _ENTRY[0], one) for one in ImageQuality]
    assert found == [lossless.opened, viewed.opened]


def test_an_exam_that_is_fetched_ahead_is_opened_by_nobody_until_somebody_does() -> None:
    made, workflow, opened = shelf(), Workflow(), reading()
    open_exam(made, opened, manifest, workflow, ahead=True)
    lossless = ImageQuality.LOSSLESS
    assert opened_before(made, PAGE, SESSION, exam_entry(), lossless) is None
    again = reading_of(made, PAGE, opened.opened, *_ENTRY)
    assert again.opened.ahead

    def masked() -> bytes:
        raise DocumentUnusable("masked since")

    # The DMP is asked once more, and its refusal holds.
    with pytest.raises(DocumentUnusable):
        open_exam(made, again, masked, workflow)
    assert opened_before(made, PAGE, SESSION, exam_entry(), lossless) is None
    open_exam(made, again, manifest, workflow)
    assert opened_before(made, PAGE, SESSION, exam_entry(), lossless) == opened.opened
    # The same execution, once: it fetches on.
    assert workflow.started == [(PAGE, opened.exam, 1)] * 2


def test_the_series_are_shown_as_they_stand(tmp_path: Path) -> None:
    made, opened = shelf(), reading()
    kept = filled(made, opened)
    series = kept.series[0]
    folder = made.folder(opened, kept, series)
    desk = Desk(made.store, folder, "r1", lambda _: Identity.AGREES, drawn)
    expected = Expected(STUDY, SERIES, frozenset({uid(1), uid(2), uid(3)}))
    with Packer(desk, expected, made.haves(opened, kept)[0], tmp_path) as packer:
        packer.offer(images(2)[f"{SERIES}.2"])
    (shown,) = shown_series(made, opened, kept)
    assert (shown.awaited, shown.ended, shown.identity) == (3, None, Identity.AGREES)
    (instance,) = shown.instances
    assert instance.key == folder.pack("pack-r1-00000")
    assert instance.display["uid"] == uid(2)
    assert index.read(made.store, folder) is not None
