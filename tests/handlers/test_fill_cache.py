"""The filling of the image cache."""

from __future__ import annotations

import errno
from typing import Any

import pytest

from functions.aws import clients
from functions.aws.entry import InternalFailure
from functions.drimbox.images import multipart
from functions.fill_cache.handler import handler as fill_cache
from tests.drimbox.images.samples import instance
from tests.handlers.conftest import CONTEXT, audited, event
from tests.handlers.journey import CASE, SERIES, STUDY, Journey


def test_nothing_is_cached_of_a_study_that_is_not_published(journey: Journey) -> None:
    journey.archive_study()
    assert journey.fill() == {"outcome": "withdrawn"}
    assert "Contents" not in clients.s3().list_objects_v2(Bucket="cache")
    assert journey.outside.asked == []


def test_a_series_larger_than_the_disk_is_not_cached_and_the_rest_is(
    journey: Journey, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    journey.archive_study()
    large = instance(
        9,
        StudyInstanceUID=STUDY,
        SeriesInstanceUID=f"{STUDY}.9",
        SOPInstanceUID=f"{STUDY}.9.1",
        PatientID=CASE.ipp,
        AccessionNumber=CASE.orders[0].accession,
        PixelData=bytes(100_000),
    )
    journey.archive.store(large)
    assert journey.publish()["series"] == [SERIES, f"{STUDY}.9"]
    written_whole = multipart._Source.body

    def written_while_it_fits(source: Any, file: Any, max_bytes: int) -> int:
        size = written_whole(source, file, max_bytes)
        if size > 100_000:
            raise OSError(errno.ENOSPC, "no space left on device")
        return size

    monkeypatch.setattr(multipart._Source, "body", written_while_it_fits)
    fill = event("fill_cache/series", series_instance_uid=f"{STUDY}.9")
    # Under a name that the workflow does not try again, and with an alarm.
    with pytest.raises(InternalFailure, match=r"^OSError$"):
        fill_cache(fill, CONTEXT)
    assert '"InternalFailures": 1' in capsys.readouterr().out
    assert journey.fill()["outcome"] == "cached"
    listed = clients.s3().list_objects_v2(Bucket="cache")["Contents"]
    indexes = [one["Key"].split("/")[-2] for one in listed if one["Key"].endswith("index.json")]
    assert indexes == [SERIES]
    assert [one for one in audited() if one[0] == "series.cached"] == [("series.cached", "success")]
    monkeypatch.setattr(multipart._Source, "body", written_whole)
    assert fill_cache(fill, CONTEXT)["outcome"] == "cached"
