"""The filling of the image cache."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from functions.aws import clients, scratch
from functions.drimbox.images import multipart
from functions.drimbox.jobs.job import Job, State
from functions.fill_cache.handler import handler as fill_cache
from functions.retrieve_study.handler import handler as retrieve_study
from tests.drimbox.images.samples import instance
from tests.handlers.conftest import CONTEXT, audited, event, stores
from tests.handlers.image_scenes import published, wado
from tests.handlers.journey import CASE, SERIES, STUDY, Journey, deliver_fills, jobs, waiting_fills


def test_nothing_is_cached_of_a_study_that_is_not_published(journey: Journey) -> None:
    journey.archive_study()
    assert journey.fill() == "superseded"
    assert "Contents" not in clients.s3().list_objects_v2(Bucket="cache")
    assert journey.outside.asked == []


def test_a_fill_begins_on_an_empty_disk(journey: Journey) -> None:
    """The files of a fill that was stopped half-way are gone before the first image comes."""
    journey.archive_study()
    journey.publish()
    left = scratch.folder() / "tmpabc" / "part-000001"
    left.parent.mkdir()
    left.write_bytes(b"an image of another tenant")
    ask = journey.pacs

    def asked(request: Any) -> Any:
        assert not left.parent.exists()
        return ask(request)

    journey.outside.hosts["pacs.example"] = asked
    assert journey.fill() == "cached"
    assert list(scratch.ROOT.iterdir()) == []


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
    journey.publish()
    assert waiting_fills() == (2, 0)
    written_whole = multipart._Source.body

    def written_while_it_fits(source: Any, file: Any, max_bytes: int) -> int:
        size = written_whole(source, file, max_bytes)
        if size > 100_000:
            raise OSError(errno.ENOSPC, "no space left on device")
        return size

    monkeypatch.setattr(multipart._Source, "body", written_while_it_fits)
    answer = deliver_fills()
    assert len(answer["batchItemFailures"]) == 1
    assert '"InternalFailures": 1' in capsys.readouterr().out
    assert sorted(job["reason"]["S"] for job in jobs()) == ["cached", "internal_error"]
    listed = clients.s3().list_objects_v2(Bucket="cache")["Contents"]
    indexes = [one["Key"].split("/")[-2] for one in listed if one["Key"].endswith("index.json")]
    assert indexes == [SERIES]
    assert [one for one in audited() if one[0] == "series.cached"] == [("series.cached", "success")]
    monkeypatch.setattr(multipart._Source, "body", written_whole)
    assert journey.fill(f"{STUDY}.9") == "cached"


@pytest.fixture
def asked(journey: Journey) -> Journey:
    """The study is published, and a reader has asked for its series."""
    manifest = published(journey)
    assert retrieve_study(wado(manifest, STUDY, SERIES), CONTEXT)["statusCode"] == 503
    return journey


def test_a_job_caches_its_series_and_its_log_has_the_correlation(asked: Journey) -> None:
    assert deliver_fills() == {"batchItemFailures": []}
    assert ("series.cached", "success") in audited()
    (line,) = (
        one
        for one in map(json.loads, asked.log.getvalue().splitlines())
        if one["message"] == "job done"
    )
    assert (line["state"], line["code"], line["attempt"]) == ("answered", "cached", 1)
    assert line["correlation_id"] == asked.change["message_id"]
    text = asked.log.getvalue()
    assert not any(name in text for name in (CASE.ipp, CASE.orders[0].accession))


def test_a_pacs_that_is_away_is_asked_again_by_a_later_message(asked: Journey) -> None:
    ask = asked.outside.hosts["pacs.example"]
    asked.outside.hosts["pacs.example"] = lambda _: httpx.Response(503)
    assert deliver_fills() == {"batchItemFailures": []}
    (job,) = jobs()
    assert (job["state"], job["reason"]) == ({"S": "asked"}, {"S": "pacs_unavailable"})
    assert waiting_fills() == (0, 1)
    asked.outside.hosts["pacs.example"] = ask
    sample = event("fill_cache/batch")["Records"][0]
    body = json.dumps({"tenant": "demo", "job": job["job"]["S"]})
    message = {"Records": [{**sample, "body": body}]}
    far = rewritten(lambda job: replace(job, ready_at=job.ready_at + timedelta(minutes=5)))
    assert fill_cache(message, CONTEXT) == {"batchItemFailures": []}
    assert jobs()[0]["state"] == {"S": "asked"}, "another message of it came in the pause"
    rewritten(lambda _: replace(far, ready_at=far.asked_at))
    assert fill_cache(message, CONTEXT) == {"batchItemFailures": []}
    assert jobs()[0]["state"] == {"S": "answered"}


def rewritten(change: Callable[[Job], Job]) -> Job:
    """The one job, after somebody changed it."""
    store = stores("demo").fills.jobs
    (item,) = jobs()
    job = store.get(item["job"]["S"])
    assert job is not None
    assert store.put(change(job))
    found = store.get(job.key)
    assert found is not None
    return found


@pytest.mark.parametrize("by", ["delivery", "reader"])
def test_a_job_that_kills_its_workers_is_counted_when_it_is_given_up(
    asked: Journey, capsys: pytest.CaptureFixture[str], by: str
) -> None:
    rewritten(lambda job: replace(job, state=State.TAKEN, attempts=3, lost=2, due_at=job.asked_at))
    acts: dict[str, Callable[[], object]] = {
        "delivery": deliver_fills,
        "reader": lambda: retrieve_study(
            wado(asked.manifests()[0]["unique_id"], STUDY, SERIES), CONTEXT
        ),
    }
    capsys.readouterr()
    for _ in range(2):
        acts[by]()
    assert jobs()[0]["reason"] == {"S": "worker_lost"}
    assert capsys.readouterr().out.count('"InternalFailures": 1') == 1
    lines = [json.loads(line) for line in asked.log.getvalue().splitlines()]
    (line,) = (one for one in lines if one["message"] == "job given up")
    assert (line["level"], line["code"], line["attempt"]) == ("ERROR", "worker_lost", 3)
    assert line["correlation_id"] == asked.change["message_id"]


def test_messages_of_nothing_to_do_are_done_and_ill_formed_ones_come_back(
    journey: Journey, capsys: pytest.CaptureFixture[str]
) -> None:
    batch = event("fill_cache/batch")
    assert fill_cache(batch, CONTEXT) == {"batchItemFailures": []}
    first, second = batch["Records"]
    gone = {**first, "body": json.dumps({"tenant": "other", "job": "fill#0"})}
    assert fill_cache({"Records": [gone]}, CONTEXT) == {"batchItemFailures": []}
    for wrong in ("{", "[]", json.dumps({"tenant": "demo"})):
        answer = fill_cache({"Records": [{**first, "body": wrong}, second]}, CONTEXT)
        assert answer == {"batchItemFailures": [{"itemIdentifier": first["messageId"]}]}
    assert capsys.readouterr().out.count('"InternalFailures": 1') == 3
    assert journey.outside.asked == []


def test_a_published_series_at_fault_is_held_by_its_job(
    asked: Journey, capsys: pytest.CaptureFixture[str]
) -> None:
    def cut(request: Any) -> Any:
        whole = asked.pacs(request)
        body = whole.read()
        spoiled = httpx.ByteStream(body.replace(b"DICM", b"XXXX", 1))
        return httpx.Response(200, headers=whole.headers, stream=spoiled)

    asked.outside.hosts["pacs.example"] = cut
    assert deliver_fills() == {"batchItemFailures": []}
    (job,) = jobs()
    assert (job["state"], job["reason"]) == ({"S": "failed"}, {"S": "held:object_unservable"})
    assert '"HeldPublications": 1' in capsys.readouterr().out
    assert any(one[0] == "publication.held" for one in audited())


@pytest.mark.parametrize("status", [401, 403])
def test_a_pacs_that_refuses_the_images_is_told_to_an_operator(
    asked: Journey, capsys: pytest.CaptureFixture[str], status: int
) -> None:
    asked.outside.hosts["pacs.example"] = lambda _: httpx.Response(status)
    assert deliver_fills() == {"batchItemFailures": []}
    (job,) = jobs()
    assert (job["state"], job["reason"]) == ({"S": "failed"}, {"S": "held:pacs_refused"})
    assert '"HeldPublications": 1' in capsys.readouterr().out
    assert ("publication.held", "pacs_refused") in audited()
