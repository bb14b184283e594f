"""functions.drimbox.reading.planning: the next step of an execution."""

from __future__ import annotations

from dataclasses import replace

import pytest

from functions.drimbox.errors import DmpUnavailable
from functions.drimbox.manifest.read import read
from functions.drimbox.reading.ended import Ended
from functions.drimbox.reading.planning import MOST_ROUNDS, Outcome, Plan, plan
from functions.drimbox.reading.shelf import Reading
from tests.drimbox.images.samples import SERIES
from tests.drimbox.reading.exam_scenes import NEWER, SECOND, manifest
from tests.drimbox.reading.shelves import filled, reading, shelf

TWO = manifest(series={SERIES: 3, SECOND: 1})
WATCH = Plan(Outcome.WATCH)


def nobody(_: Reading) -> bytes | None:
    raise AssertionError("the DMP was asked")


def test_the_missing_series_are_fetched() -> None:
    made, opened = shelf(), reading()
    assert plan(made, opened, 1, nobody) == WATCH
    filled(made, opened, data=TWO)
    assert plan(made, opened, 1, nobody) == Plan(Outcome.FETCH, (0, 1))
    filled(made, opened, Ended.WHOLE, None, data=TWO)
    assert plan(made, opened, 2, nobody) == Plan(Outcome.FETCH, (1,))
    filled(made, opened, Ended.WHOLE, Ended.AWAY, data=TWO)
    assert plan(made, opened, 3, nobody) == WATCH


def test_a_stale_manifest_is_replaced_once() -> None:
    made, opened = shelf(), reading()
    filled(made, opened, Ended.STALE, Ended.WHOLE, data=TWO)
    newer = manifest(NEWER, {SERIES: 2})
    assert plan(made, opened, 1, lambda _: newer) == Plan(Outcome.FETCH, (0,))
    assert made.manifest(opened) == read(newer)
    kept = made.readings.get(opened.page, opened.exam)
    assert kept == replace(opened.opened, renewed=True)
    again = replace(opened, opened=kept)
    filled(made, again, Ended.STALE, data=newer)
    assert plan(made, again, 2, nobody) == WATCH
    assert [one.ended for one in made.haves(again, read(newer))] == [Ended.LOST]


def test_without_another_manifest_the_series_is_lost() -> None:
    made, opened = shelf(), reading()
    kept = filled(made, opened, Ended.STALE, None, data=TWO)
    assert plan(made, opened, 1, lambda _: None) == Plan(Outcome.FETCH, (1,))
    assert [one.ended for one in made.haves(opened, kept)] == [Ended.LOST, None]


def test_a_dmp_that_is_away_changes_nothing() -> None:
    made, opened = shelf(), reading()
    kept = filled(made, opened, Ended.STALE)

    def away(_: Reading) -> bytes | None:
        raise DmpUnavailable("down")

    with pytest.raises(DmpUnavailable):
        plan(made, opened, 1, away)
    assert [one.ended for one in made.haves(opened, kept)] == [Ended.STALE]
    assert made.readings.get(opened.page, opened.exam) is None


def test_rounds_have_an_end() -> None:
    made, opened = shelf(), reading()
    kept = filled(made, opened, None, Ended.WHOLE, data=TWO)
    assert plan(made, opened, MOST_ROUNDS, nobody) == Plan(Outcome.FETCH, (0,))
    assert plan(made, opened, MOST_ROUNDS + 1, nobody) == WATCH
    assert [one.ended for one in made.haves(opened, kept)] == [Ended.AWAY, Ended.WHOLE]
