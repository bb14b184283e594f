"""Images over WADO-RS."""

from __future__ import annotations

import base64
import gzip
import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pydicom
import pytest

from functions.aws import clients
from functions.drimbox.images import joining, retrieve
from functions.drimbox.images.multipart import boundary_of, read_parts
from functions.retrieve_study import answers
from functions.retrieve_study.handler import handler as retrieve_study
from tests.drimbox.images.samples import instance
from tests.fakes.memory import VirtualClock
from tests.handlers.conftest import CONTEXT, audit_records, audited, event
from tests.handlers.image_scenes import (
    PROFESSIONAL,
    TOKEN,
    problem,
    published,
    resource,
    search,
    wado,
)
from tests.handlers.journey import (
    CASE,
    SERIES,
    STUDY,
    Journey,
    deliver_fills,
    forget_fills,
    jobs,
    waiting_fills,
)

JPEG_ONLY = 'multipart/related; type="application/dicom"; transfer-syntax=1.2.840.10008.1.2.4.50'


def test_images_are_served_in_full_once_cached(journey: Journey) -> None:
    manifest = published(journey)
    journey.fill()
    reply = retrieve_study(wado(manifest, STUDY, SERIES), CONTEXT)
    assert reply["statusCode"] == 200
    content_type = reply["headers"]["Content-Type"]
    folder = journey.folder / "parts"
    folder.mkdir()
    body = base64.b64decode(reply["body"])
    parts = [one.path.read_bytes() for one in read_parts([body], boundary_of(content_type), folder)]
    assert len(parts) == 2
    assert all(part[128:132] == b"DICM" for part in parts)
    for uids in ((STUDY,), (STUDY, SERIES, f"{SERIES}.1")):
        assert retrieve_study(wado(manifest, *uids), CONTEXT)["statusCode"] == 200
    records = [one for one in audited() if one[0] == "images.retrieved"]
    assert records == [("images.retrieved", "served")] * 3


def test_attributes_are_dicom_json_and_gzip_where_it_is_taken(journey: Journey) -> None:
    manifest = published(journey)
    journey.fill()
    packed = retrieve_study(resource("metadata", manifest, STUDY, SERIES), CONTEXT)
    assert packed["statusCode"] == 200
    assert packed["headers"]["Content-Type"] == "application/dicom+json"
    assert packed["headers"]["Content-Encoding"] == "gzip"
    told = json.loads(gzip.decompress(base64.b64decode(packed["body"])))
    assert [one["0020000E"]["Value"] for one in told] == [[SERIES]] * 2
    without_gzip: dict[str, Any] = {"Accept-Encoding": []}
    plain = retrieve_study(resource("metadata", manifest, STUDY, **without_gzip), CONTEXT)
    assert "Content-Encoding" not in plain["headers"]
    assert json.loads(base64.b64decode(plain["body"])) == told
    one = retrieve_study(resource("metadata", manifest, STUDY, SERIES, f"{SERIES}.1"), CONTEXT)
    assert len(json.loads(gzip.decompress(base64.b64decode(one["body"])))) == 1
    wrong = resource("metadata", manifest, STUDY, Accept=["text/html"])
    reply = retrieve_study(wrong, CONTEXT)
    assert (reply["statusCode"], problem(reply)) == (406, "not_acceptable")
    records = sorted(one for one in audited() if one[0] == "metadata.retrieved")
    assert (
        records
        == [("metadata.retrieved", "not_acceptable")] + [("metadata.retrieved", "served")] * 3
    )


def test_frames_are_sent_as_the_object_holds_them(journey: Journey) -> None:
    manifest = published(journey)
    journey.fill()
    first = (STUDY, SERIES, f"{SERIES}.1")
    reply = retrieve_study(resource("frames", manifest, *first, "1"), CONTEXT)
    assert reply["statusCode"] == 200
    folder = journey.folder / "frames"
    folder.mkdir()
    body = base64.b64decode(reply["body"])
    (part,) = read_parts([body], boundary_of(reply["headers"]["Content-Type"]), folder)
    whole = retrieve_study(wado(manifest, *first, Accept=["application/dicom"]), CONTEXT)
    data = pydicom.dcmread(BytesIO(base64.b64decode(whole["body"])))
    assert part.path.read_bytes() == data.PixelData
    for frames, status, code in (("2", 404, "absent"), ("0", 400, "bad_request")):
        reply = retrieve_study(resource("frames", manifest, *first, frames), CONTEXT)
        assert (reply["statusCode"], problem(reply)) == (status, code)
    records = sorted(result for name, result in audited() if name == "frames.retrieved")
    assert records == ["absent", "bad_request", "served"]


HEAD = {"httpMethod": "HEAD"}
PLAIN: dict[str, Any] = {"Accept-Encoding": []}
SEARCHES: list[tuple[str, tuple[str, ...], dict[str, list[str]], int]] = [
    ("", (), {"StudyInstanceUID": [STUDY]}, 1),
    ("/{study}/series", (STUDY,), {}, 1),
    ("/{study}/instances", (STUDY,), {"Modality": ["CT"]}, 2),
    ("/{study}/series/{series}/instances", (STUDY, SERIES), {"limit": ["9"]}, 2),
]


def test_searches_find_what_the_manifest_names(journey: Journey) -> None:
    manifest = published(journey)
    journey.fill()
    for number, (path, uids, query, count) in enumerate(SEARCHES):
        asked = search(manifest, path, *uids, query=query, **PLAIN)
        asked["requestContext"]["requestId"] = f"{number}"
        reply = retrieve_study(asked, CONTEXT)
        assert reply["statusCode"] == 200
        assert reply["headers"]["Content-Type"] == "application/dicom+json"
        assert "Warning" not in reply["headers"]
        rows = json.loads(base64.b64decode(reply["body"]))
        assert [one["0020000D"]["Value"] for one in rows] == [[STUDY]] * count
        assert retrieve_study({**asked, **HEAD}, CONTEXT) == reply
    packed = retrieve_study(search(manifest, "/{study}/instances", STUDY), CONTEXT)
    assert packed["headers"]["Content-Encoding"] == "gzip"
    assert len(json.loads(gzip.decompress(base64.b64decode(packed["body"])))) == 2
    records = [result for name, result in audited() if name == "images.searched"]
    assert Counter(records) == {"served": 5, "headers_served": 4}


def test_a_search_of_studies_is_recorded_under_the_study_that_it_names(journey: Journey) -> None:
    manifest = published(journey)
    journey.fill()
    query = {"0020000d": [STUDY]}
    assert retrieve_study(search(manifest, "", query=query), CONTEXT)["statusCode"] == 200
    (record,) = [one for one in audit_records() if one["event"] == "images.searched"]
    assert record["for_study_instance_uid"] == STUDY


def test_a_search_without_results_and_a_page_of_it(journey: Journey) -> None:
    manifest = published(journey)
    journey.fill()
    nothing = search(manifest, "/{study}/series", STUDY, query={"Modality": ["US"]})
    reply = retrieve_study(nothing, CONTEXT)
    assert (reply["statusCode"], reply["body"]) == (204, "")
    query = {"limit": ["1"], "fuzzymatching": ["true"]}
    reply = retrieve_study(search(manifest, "/{study}/instances", STUDY, query=query), CONTEXT)
    fuzzy, more = reply["headers"]["Warning"].split(", 299 ")
    assert fuzzy.startswith("299 ")
    assert "fuzzymatching" in fuzzy
    assert more.endswith('"There are 1 additional results that can be requested"')


def test_a_faulty_search_is_answered_recorded_and_counted(
    journey: Journey, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = published(journey)
    journey.fill()
    named = {"StudyInstanceUID": [STUDY]}
    canary = {"PatientName": ["CANARY^NAME"]}
    wrong: list[tuple[dict[str, Any], int, str]] = [
        (search(manifest, ""), 400, "bad_request"),
        (search(manifest, "", query={"StudyInstanceUID": [STUDY, STUDY]}), 400, "bad_request"),
        (search(manifest, "", query={**named, "0020000D": [STUDY]}), 400, "bad_request"),
        (search(manifest, "", query={**named, **canary}), 400, "bad_request"),
        (search(manifest, "/{study}/series", STUDY, query=canary), 400, "bad_request"),
        (search(manifest, "", query={"StudyInstanceUID": ["1.2.3"]}), 404, "absent"),
        (search(manifest, "", query={"StudyInstanceUID": [f"{STUDY},1.2"]}), 404, "absent"),
        (search("2.25.1", "", query=named), 404, "absent"),
        (search("2.25.1", "/{study}/series", STUDY), 404, "absent"),
        (search(manifest, "/{study}/series/{series}/instances", STUDY, "1.2"), 404, "absent"),
        (search(manifest, "/{study}/series", STUDY, Accept=["text/html"]), 406, "not_acceptable"),
    ]
    for number, (request, status, code) in enumerate(wrong):
        request["requestContext"]["requestId"] = f"wrong-{number}"
        reply = retrieve_study(request, CONTEXT)
        assert (reply["statusCode"], problem(reply)) == (status, code)
        assert b"CANARY" not in base64.b64decode(reply["body"])
    refused = sorted(result for name, result in audited() if name == "images.searched")
    assert refused == sorted(code for _, _, code in wrong)
    told = capsys.readouterr().out
    assert len([line for line in told.splitlines() if "AbsentImages" in line]) == 5
    assert "CANARY" not in told
    assert "CANARY" not in json.dumps(audit_records())


def test_a_search_of_a_series_that_is_not_cached_has_it_fetched(journey: Journey) -> None:
    manifest = published(journey)
    forget_fills()
    for path, uids, query, _ in SEARCHES:
        reply = retrieve_study(search(manifest, path, *uids, query=query), CONTEXT)
        assert (reply["statusCode"], problem(reply)) == (503, "not_ready")
    assert waiting_fills() == (1, 0)


def _of_front(request: dict[str, Any], method: str, *, vouched: bool = True) -> dict[str, Any]:
    """The request as the streamer of a front asks it for a caller's ``method``."""
    identity = {**request["requestContext"]["identity"]}
    if vouched:
        identity["clientCert"] = {"clientCertPem": "of the front"}
    headers = {**request["multiValueHeaders"], joining.HEADER.lower(): [method]}
    context = {**request["requestContext"], "identity": identity, "requestId": method + "x"}
    return {**request, "multiValueHeaders": headers, "requestContext": context}


def test_a_front_is_told_where_the_series_of_a_large_study_stand(
    journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = f"{STUDY}.2"
    journey.archive.store(
        instance(
            9,
            StudyInstanceUID=STUDY,
            SeriesInstanceUID=other,
            SOPInstanceUID=f"{other}.9",
            PatientID=CASE.ipp,
            AccessionNumber=CASE.orders[0].accession,
        )
    )
    manifest = published(journey)
    assert [journey.fill(), journey.fill(other)] == ["cached", "cached"]
    whole = retrieve_study(wado(manifest, STUDY), CONTEXT)
    assert whole["statusCode"] == 200
    monkeypatch.setattr(retrieve, "DIRECT_LIMIT", 100)
    for refused in (
        wado(manifest, STUDY),
        _of_front(wado(manifest, STUDY), "GET", vouched=False),
    ):
        reply = retrieve_study(refused, CONTEXT)
        assert (reply["statusCode"], problem(reply)) == (413, "too_large")
    for method, result in (("GET", "served"), ("HEAD", "headers_served")):
        reply = retrieve_study(_of_front(wado(manifest, STUDY), method), CONTEXT)
        assert (reply["statusCode"], reply["headers"]["Content-Type"]) == (200, joining.MEDIA)
        assert ("images.retrieved", result) in audited()
    joined = joining.decode(base64.b64decode(reply["body"]))
    # The bytes at the signed addresses, written as the front does, are the answer itself.
    found = bytearray()
    for series, cut in joined.cuts():
        place = urlsplit(series.source)
        assert "X-Amz-Expires=900" in place.query
        key = unquote(place.path).lstrip("/").removeprefix("cache/")
        body = clients.s3().get_object(Bucket="cache", Key=key)["Body"].read()
        found += b"".join(cut.feed(body[series.start : series.end]))
        assert cut.whole
    assert bytes(found) + joined.layout.tail == base64.b64decode(whole["body"])
    assert joined.layout.content_type == whole["headers"]["Content-Type"]
    monkeypatch.setattr(answers, "DIRECT_LIMIT", 100)
    reply = retrieve_study(_of_front(wado(manifest, STUDY), "GET"), CONTEXT)
    assert (reply["statusCode"], problem(reply)) == (413, "too_large")


def test_a_head_is_answered_as_its_get_and_recorded_as_a_head(journey: Journey) -> None:
    manifest = published(journey)
    journey.fill()
    first = (STUDY, SERIES, f"{SERIES}.1")
    asked = [
        *(wado(manifest, *uids) for uids in ((STUDY,), (STUDY, SERIES), first)),
        *(resource("metadata", manifest, *uids) for uids in ((STUDY,), (STUDY, SERIES), first)),
        resource("frames", manifest, *first, "1"),
    ]
    for number, one in enumerate(asked):
        one["requestContext"]["requestId"] = f"{number}"
        head = {
            **one,
            **HEAD,
            "requestContext": {**one["requestContext"], "requestId": f"h{number}"},
        }
        get = retrieve_study(one, CONTEXT)
        assert get["statusCode"] == 200
        # API Gateway counts the body for Content-Length, and sends none.
        assert retrieve_study(head, CONTEXT) == get
    assert Counter(result for _, result in audited() if result.endswith("served")) == {
        "served": 7,
        "headers_served": 7,
    }
    refused = retrieve_study({**wado("2.25.1", STUDY), **HEAD}, CONTEXT)
    assert (refused["statusCode"], problem(refused)) == (404, "absent")
    assert ("images.retrieved", "absent") in audited()


def test_a_head_of_a_large_series_leads_to_an_address_for_head(
    journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = published(journey)
    journey.fill()
    monkeypatch.setattr(retrieve, "DIRECT_LIMIT", 100)
    places = []
    for asked in (wado(manifest, STUDY, SERIES), {**wado(manifest, STUDY, SERIES), **HEAD}):
        reply = retrieve_study(asked, CONTEXT)
        assert (reply["statusCode"], reply["body"]) == (307, "")
        places.append(urlsplit(reply["headers"]["Location"]))
    get, head = places
    assert (get.netloc, get.path) == (head.netloc, head.path)
    queries = [parse_qs(one.query) for one in places]
    signatures = {one.pop("X-Amz-Signature")[0] for one in queries}
    assert len(signatures) == 2, "S3 takes each for its own method alone"
    assert queries[0]["response-content-type"] == queries[1]["response-content-type"]


def test_a_head_of_a_series_that_is_not_cached_has_it_fetched(journey: Journey) -> None:
    manifest = published(journey)
    forget_fills()
    reply = retrieve_study({**wado(manifest, STUDY, SERIES), **HEAD}, CONTEXT)
    assert (reply["statusCode"], problem(reply)) == (503, "not_ready")
    assert waiting_fills() == (1, 0)


def test_a_large_series_is_a_redirect_that_names_the_region_s_bucket(
    journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = published(journey)
    journey.fill()
    monkeypatch.setattr(retrieve, "DIRECT_LIMIT", 100)
    reply = retrieve_study(wado(manifest, STUDY, SERIES), CONTEXT)
    assert (reply["statusCode"], reply["body"]) == (307, "")
    assert reply["headers"]["Cache-Control"] == "no-store"
    url = urlsplit(reply["headers"]["Location"])
    assert url.netloc == "cache.s3.eu-west-3.amazonaws.com"
    assert url.path.startswith(f"/demo/studies/{STUDY}/{manifest}/{SERIES}/")
    query = parse_qs(url.query)
    assert query["X-Amz-Expires"] == ["300"]
    assert query["response-content-type"][0].startswith("multipart/related")
    assert TOKEN not in url.query


def test_a_series_that_is_not_cached_is_one_job_however_often_it_is_asked(
    journey: Journey,
) -> None:
    manifest = published(journey)
    forget_fills()
    for uids in ((STUDY, SERIES), (STUDY, SERIES), (STUDY,)):
        reply = retrieve_study(wado(manifest, *uids), CONTEXT)
        assert (reply["statusCode"], problem(reply)) == (503, "not_ready")
        assert int(reply["headers"]["Retry-After"]) > 0
    (job,) = jobs()
    assert job["correlation_id"] == {"S": journey.change["message_id"]}
    assert job["facts"]["M"] == {
        "study": {"S": STUDY},
        "series": {"S": SERIES},
        "edition": {"S": f"{manifest}/0"},
    }
    assert waiting_fills() == (1, 0)
    assert deliver_fills() == {"batchItemFailures": []}
    assert retrieve_study(wado(manifest, STUDY, SERIES), CONTEXT)["statusCode"] == 200
    assert (waiting_fills(), jobs()[0]["state"]) == ((0, 0), {"S": "answered"})


def test_a_message_that_nobody_got_is_sent_again_more_and_more_rarely(
    journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = published(journey)
    forget_fills()
    clock = VirtualClock(datetime(2026, 11, 24, 9, 0, tzinfo=UTC))
    monkeypatch.setattr("functions.aws.stores.CLOCK", clock)
    sent = []
    for seconds in (0, 1, 29, 30, 31, 89, 90):
        clock.at = datetime(2026, 11, 24, 9, 0, tzinfo=UTC) + timedelta(seconds=seconds)
        reply = retrieve_study(wado(manifest, STUDY, SERIES), CONTEXT)
        assert (reply["statusCode"], problem(reply)) == (503, "not_ready")
        sent.append(waiting_fills()[0])
    assert sent == [1, 1, 1, 2, 2, 2, 3]
    assert deliver_fills() == {"batchItemFailures": []}
    assert len([one for one in audited() if one[0] == "series.cached"]) == 1


def test_a_faulty_retrieve_is_answered_recorded_and_counted(
    journey: Journey, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = published(journey)
    journey.fill()
    wrong: list[tuple[dict[str, Any], int, str]] = [
        (wado("2.25.1", STUDY, SERIES), 404, "absent"),
        (wado(manifest, STUDY, "1.2.3"), 404, "absent"),
        (wado(manifest, STUDY, SERIES, "1.2.3"), 404, "absent"),
        (wado(manifest, "1.2.3"), 404, "absent"),
        (wado(manifest, STUDY, **{"KOS-SOPInstanceUID": []}), 400, "bad_request"),
        (wado(manifest, STUDY, **{"KOS-SOPInstanceUID": [manifest, manifest]}), 400, "bad_request"),
        (wado(manifest, STUDY, Accept=[]), 400, "bad_request"),
        (wado(manifest, STUDY, Accept=[JPEG_ONLY]), 406, "not_acceptable"),
    ]
    for number, (request, status, code) in enumerate(wrong):
        request["requestContext"]["requestId"] = f"wrong-{number}"
        reply = retrieve_study(request, CONTEXT)
        assert (reply["statusCode"], problem(reply)) == (status, code)
    refused = sorted(result for name, result in audited() if name == "images.retrieved")
    assert refused == sorted(code for _, _, code in wrong)
    assert len(jobs()) == 1, "that of the publication"
    counted = [line for line in capsys.readouterr().out.splitlines() if "AbsentImages" in line]
    assert len(counted) == 4, "one for each 404"
    assert all('"tenant": "demo"' in line and STUDY not in line for line in counted)


def test_a_text_that_is_not_a_uid_is_absent(site: None) -> None:
    for uids in (("x",), (STUDY, "../x"), (STUDY, SERIES, "1" * 65)):
        reply = retrieve_study(wado("1.2.3", *uids), CONTEXT)
        assert (reply["statusCode"], problem(reply)) == (404, "absent")
    assert audited() == [("images.retrieved", "absent")] * 3


def test_a_study_that_is_not_ours_is_absent_and_starts_nothing(journey: Journey) -> None:
    reply = retrieve_study(event("retrieve_study/series"), CONTEXT)
    assert (reply["statusCode"], problem(reply)) == (404, "absent")
    assert jobs() == []
    assert ("images.retrieved", "absent") in audited()


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"caller": "active", "tenant": "other", "subject": PROFESSIONAL},
        {"caller": "bound", "tenant": "demo", "subject": "CN=ris"},
    ],
)
def test_without_an_active_token_of_this_tenant_nothing_is_read(
    site: None, context: dict[str, str]
) -> None:
    refused = event("retrieve_study/series")
    refused["requestContext"]["authorizer"] = context
    reply = retrieve_study(refused, CONTEXT)
    assert (reply["statusCode"], problem(reply)) == (401, "not_authenticated")
    assert reply["headers"]["WWW-Authenticate"] == "Bearer"
    assert audited() == []


def test_a_cached_object_that_went_away_is_later_not_less(journey: Journey) -> None:
    manifest = published(journey)
    journey.fill()
    (body,) = [
        one["Key"]
        for one in clients.s3().list_objects_v2(Bucket="cache")["Contents"]
        if one["Key"].endswith("series.multipart")
    ]
    clients.s3().put_object(Bucket="cache", Key=body, Body=b"other")
    reply = retrieve_study(wado(manifest, STUDY, SERIES), CONTEXT)
    assert (reply["statusCode"], problem(reply)) == (503, "storage_unavailable")
    assert ("images.retrieved", "storage_unavailable") in audited()


def test_another_professional_s_application_may_read_images(journey: Journey) -> None:
    """Tokens of other operators' applications arrive here: their viewers ask for images."""
    manifest = published(journey)
    journey.fill()
    request = wado(manifest, STUDY, SERIES)
    request["requestContext"]["authorizer"]["client_id"] = "other-box"
    assert retrieve_study(request, CONTEXT)["statusCode"] == 200


def test_a_corrected_manifest_is_served_and_the_former_one_is_not(journey: Journey) -> None:
    former = published(journey)
    journey.publish(
        replace(CASE, cda_id=f"{CASE.cda_id}.2", version=2, replaces=CASE.cda_id, action="RO"), "2"
    )
    (manifest,) = (
        one["unique_id"]
        for one in journey.registry.state()
        if (one["type_code"], one["availability_status"]) == ("IMG-KOS", "Approved")
    )
    journey.fill()
    assert retrieve_study(wado(manifest, STUDY, SERIES), CONTEXT)["statusCode"] == 200
    reply = retrieve_study(wado(former, STUDY, SERIES), CONTEXT)
    assert (reply["statusCode"], problem(reply)) == (404, "absent")


def test_nothing_is_served_of_a_withdrawn_study(
    journey: Journey, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = published(journey)
    journey.fill()
    assert retrieve_study(wado(manifest, STUDY, SERIES), CONTEXT)["statusCode"] == 200
    capsys.readouterr()
    state = journey.publish(replace(CASE, action="CA"), "2")
    counted = capsys.readouterr().out
    assert '"WithdrawnManifests": 1' in counted
    assert '"PublishedManifests": 1' not in counted
    assert clients.s3().list_objects_v2(Bucket="cache").get("Contents", []) == []
    assert state["settled"] == "withdrawn"
    assert waiting_fills() == (0, 0)
    reply = retrieve_study(wado(manifest, STUDY, SERIES), CONTEXT)
    assert (reply["statusCode"], problem(reply)) == (404, "absent")
