"""functions.drimbox.reading.shelf: where opened exams stand, and how they go."""

from __future__ import annotations

from functions.drimbox.manifest.read import read
from functions.drimbox.reading.ended import Ended
from functions.drimbox.reading.have import Have
from tests.drimbox.images.samples import SERIES, MemoryStore
from tests.drimbox.reading.exam_scenes import SECOND, manifest
from tests.drimbox.reading.shelves import PAGE, SESSION, filled, reading, shelf

TWO = manifest(series={SERIES: 3, SECOND: 1})


def test_the_manifest_is_kept_with_the_exam() -> None:
    made, opened = shelf(), reading()
    assert made.manifest(opened) is None
    made.keep_manifest(opened, TWO)
    assert made.manifest(opened) == read(TWO)


def test_a_series_before_its_first_image_has_nothing() -> None:
    made, opened = shelf(), reading()
    kept = filled(made, opened, Ended.WHOLE, data=TWO)
    assert made.haves(opened, kept) == [Have(3, ended=Ended.WHOLE), Have(1)]


def test_an_exam_is_whole_when_each_of_its_series_is() -> None:
    made, opened = shelf(), reading()
    assert not made.is_whole(opened)
    for ends in ((Ended.WHOLE, None), (Ended.WHOLE, Ended.PART), (Ended.WHOLE, Ended.WHOLE)):
        filled(made, opened, *ends, data=TWO)
        assert made.is_whole(opened) is (set(ends) == {Ended.WHOLE})


def test_ends_are_changed_where_they_are_named() -> None:
    made, opened = shelf(), reading()
    kept = filled(made, opened, Ended.STALE, Ended.WHOLE, data=TWO)
    made.end(opened, kept, frozenset({Ended.STALE}), Ended.GONE)
    assert [one.ended for one in made.haves(opened, kept)] == [Ended.GONE, Ended.WHOLE]
    made.end(opened, kept, frozenset({Ended.GONE, None}), None)
    assert [one.ended for one in made.haves(opened, kept)] == [None, Ended.WHOLE]


def test_an_exam_or_a_whole_session_is_erased() -> None:
    made, opened = shelf(), reading()
    assert isinstance(made.store, MemoryStore)
    filled(made, opened, Ended.WHOLE)
    made.erase(PAGE, "0" * 32, SESSION)
    made.erase(PAGE, opened.exam, "t" * 43)
    made.erase_session("t" * 43)
    assert len(made.store.objects) == 2
    made.erase(PAGE, opened.exam, SESSION)
    assert made.store.objects == {}
    filled(made, opened, Ended.WHOLE)
    made.erase_session(SESSION)
    assert made.store.objects == {}
