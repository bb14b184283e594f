"""The step that waits for the series of a publication."""

from __future__ import annotations

import pytest

from functions.aws import clients
from functions.drimbox.errors import SeriesNotReady
from functions.prepare_series.handler import handler as prepare_series
from tests.handlers.conftest import CONTEXT, event
from tests.handlers.journey import STEPS, Journey, deliver_fills, jobs, waiting_fills


def test_the_series_are_in_the_cache_before_the_dmp_is_told(journey: Journey) -> None:
    journey.archive_study()
    journey.start()
    for function in STEPS[:3]:
        journey.step(function)
    for _ in range(2):
        with pytest.raises(SeriesNotReady):
            journey.step(prepare_series)
    assert waiting_fills() == (1, 0)
    assert deliver_fills() == {"batchItemFailures": []}
    assert journey.step(prepare_series)["outcome"] == "continue"
    assert clients.s3().list_objects_v2(Bucket="cache")["KeyCount"] == 4
    assert journey.manifests() == []
    for function in STEPS[3:]:
        journey.step(function)
    assert len(journey.manifests()) == 1
    assert waiting_fills() == (0, 0), "once prepared, nothing is fetched after the publication"


def test_nothing_is_prepared_for_a_change_that_is_not_under_way(journey: Journey) -> None:
    assert prepare_series(event("prepare_series/change"), CONTEXT)["outcome"] == "continue"
    assert jobs() == []
