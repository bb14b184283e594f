"""Functions of the ``db`` host: permitted readers, the health check, and the images."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from functions.authorize_professional.handler import handler as authorize_professional
from functions.aws import clients
from functions.aws.entry import InternalFailure
from functions.aws.policies import Unauthorized
from functions.check_health.handler import handler as check_health
from functions.drimbox.images import retrieve
from functions.drimbox.images.multipart import boundary_of, read_parts
from functions.retrieve_study.handler import handler as retrieve_study
from functions.version import VERSION
from tests.fakes.logs import written
from tests.fakes.memory import VirtualClock
from tests.handlers.conftest import CONTEXT, ENVIRONMENT, Outside, audited, event, now
from tests.handlers.journey import CASE, SERIES, STUDY, Journey, executions, journey

__all__ = ["journey"]

TOKEN = "canary-of-a-token"
PROFESSIONAL = "899700000001"
JPEG_ONLY = 'multipart/related; type="application/dicom"; transfer-syntax=1.2.840.10008.1.2.4.50'


def problem(reply: dict[str, Any]) -> str:
    assert reply["headers"]["Content-Type"] == "application/problem+json"
    code: str = json.loads(base64.b64decode(reply["body"]))["code"]
    return code


# --- the authorizer


def introspection(**changes: Any) -> httpx.Response:
    seconds = int(now().timestamp())
    return httpx.Response(
        200,
        json={
            "active": True,
            "exp": seconds + 300,
            "iat": seconds - 1,
            "iss": ENVIRONMENT["PSC_ISSUER"],
            "sub": "f:1:899700000001",
            "typ": "Bearer",
            "azp": "other-box",
            "SubjectNameID": PROFESSIONAL,
            **changes,
        },
    )


def asked(*authorization: str, tenant: str = "demo") -> dict[str, Any]:
    headers = {"authorization": list(authorization)}
    return event(
        "authorize_professional/request",
        multiValueHeaders=headers,
        pathParameters={"tenant": tenant},
    )


def test_an_active_token_says_who_calls(site: None, outside: Outside) -> None:
    outside.hosts["psc.example"] = lambda _: introspection()
    with written() as log:
        policy = authorize_professional(asked(f"Bearer {TOKEN}"), CONTEXT)
    context = policy["context"]
    assert (context["caller"], context["tenant"]) == ("active", "demo")
    assert (context["subject"], context["client_id"]) == (PROFESSIONAL, "other-box")
    assert int(context["expires_at"]) > now().timestamp()
    assert all(isinstance(value, str) for value in context.values())
    assert TOKEN not in json.dumps(policy) + log.getvalue()
    assert outside.asked == ["POST psc.example/introspect"]
    assert audited() == []


@pytest.mark.parametrize(
    "answer",
    [
        introspection(active=False),
        introspection(exp=int(now().timestamp()) - 1),
        introspection(iss="https://other.example"),
        introspection(typ="ID"),
        introspection(SubjectNameID=""),
    ],
)
def test_any_other_token_is_unauthorized_and_leaves_a_record(
    site: None, outside: Outside, answer: httpx.Response
) -> None:
    outside.hosts["psc.example"] = lambda _: answer
    with written() as log, pytest.raises(Unauthorized, match=r"^Unauthorized$"):
        authorize_professional(asked(f"Bearer {TOKEN}"), CONTEXT)
    assert "token refused" in log.getvalue()
    assert TOKEN not in log.getvalue()
    assert audited() == [("token.refused", "not_authenticated")]


@pytest.mark.parametrize(
    "values", [(), ("",), ("Basic dTpw",), ("Bearer",), ("Bearer a b",), ("Bearer a", "Bearer b")]
)
def test_what_is_not_one_token_is_not_even_asked_about(
    site: None, outside: Outside, values: tuple[str, ...]
) -> None:
    with pytest.raises(Unauthorized):
        authorize_professional(asked(*values), CONTEXT)
    assert outside.asked == []


def test_a_refusal_at_a_tenant_that_does_not_exist_has_nowhere_to_be_kept(
    site: None, outside: Outside
) -> None:
    with pytest.raises(Unauthorized):
        authorize_professional(asked(tenant="nobody"), CONTEXT)
    assert audited() == []


def down(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError(TOKEN, request=request)


@pytest.mark.parametrize(
    "answer", [down, lambda _: httpx.Response(500), lambda _: introspection(exp=1.5)]
)
def test_while_pro_sante_connect_cannot_tell_the_handler_answers(
    site: None, outside: Outside, answer: Callable[[httpx.Request], httpx.Response]
) -> None:
    outside.hosts["psc.example"] = answer
    with written() as log:
        policy = authorize_professional(asked(f"Bearer {TOKEN}"), CONTEXT)
    assert policy["context"] == {"caller": "unavailable"}
    assert TOKEN not in json.dumps(policy) + log.getvalue()
    refused = event("retrieve_study/series")
    refused["requestContext"]["authorizer"] = policy["context"]
    reply = retrieve_study(refused, CONTEXT)
    assert (reply["statusCode"], problem(reply)) == (503, "identity_unavailable")
    assert reply["headers"]["Retry-After"] == "10"


def test_without_our_own_certificate_nobody_gets_in(site: None, outside: Outside) -> None:
    clients.secretsmanager().put_secret_value(
        SecretId=ENVIRONMENT["PSC_CLIENT_SECRET"], SecretString="placeholder"
    )
    with pytest.raises(InternalFailure, match=r"^ConfigurationError$"):
        authorize_professional(asked(f"Bearer {TOKEN}"), CONTEXT)
    assert outside.asked == []


# --- the health check


@pytest.mark.parametrize("status", [200, 204])
def test_images_can_be_served_while_the_pacs_answers(
    site: None, outside: Outside, status: int
) -> None:
    outside.hosts["pacs.example"] = lambda _: httpx.Response(status)
    reply = check_health(event("check_health/probe"), CONTEXT)
    assert reply["statusCode"] == 200
    assert json.loads(base64.b64decode(reply["body"])) == {
        "status": "ready",
        "version": VERSION,
    }
    assert outside.asked == ["GET pacs.example/dicom-web/studies"]


@pytest.mark.parametrize(
    "answer", [down, lambda _: httpx.Response(401), lambda _: httpx.Response(500)]
)
def test_otherwise_it_is_not_ready_and_says_nothing_more(
    site: None, outside: Outside, answer: Callable[[httpx.Request], httpx.Response]
) -> None:
    outside.hosts["pacs.example"] = answer
    reply = check_health(event("check_health/probe"), CONTEXT)
    assert (reply["statusCode"], problem(reply)) == (503, "not_ready")
    assert reply["headers"]["Retry-After"] == "30"
    assert b"pacs" not in base64.b64decode(reply["body"]).lower()


@pytest.mark.parametrize("tenant", ["nobody", "../x"])
def test_a_tenant_that_does_not_exist_is_absent(site: None, outside: Outside, tenant: str) -> None:
    reply = check_health(event("check_health/probe", pathParameters={"tenant": tenant}), CONTEXT)
    assert (reply["statusCode"], problem(reply)) == (404, "absent")
    assert outside.asked == []


# --- the images


def published(journey: Journey) -> str:
    """A report is published; its manifest's UID."""
    journey.archive_study()
    journey.publish()
    (document,) = journey.manifests()
    uid: str = document["unique_id"]
    return uid


def wado(manifest: str, *uids: str, **headers: list[str]) -> dict[str, Any]:
    """A retrieve of a study, series or instance, by its UIDs."""
    facts = event("retrieve_study/series")
    names = dict(zip(("study", "series", "instance"), uids, strict=False))
    given = {**facts["multiValueHeaders"], "KOS-SOPInstanceUID": [manifest], **headers}
    return {
        **facts,
        "pathParameters": {"tenant": "demo", **names},
        "multiValueHeaders": given,
        "requestContext": {**facts["requestContext"], "requestId": f"{len(audited())}"},
    }


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


def test_a_series_that_is_not_cached_starts_one_fill_however_often_it_is_asked(
    journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = published(journey)
    before = executions()
    monkeypatch.setattr("functions.drimbox.publication.serving.FILL_WINDOW", 10**10)
    for _ in range(3):
        reply = retrieve_study(wado(manifest, STUDY, SERIES), CONTEXT)
        assert (reply["statusCode"], problem(reply)) == (503, "not_ready")
        assert int(reply["headers"]["Retry-After"]) > 0
    started = [one for one in executions() if one not in before]
    assert started == [
        {
            "tenant": "demo",
            "study_instance_uid": STUDY,
            "series": [SERIES],
            "correlation_id": journey.change["message_id"],
        }
    ]
    monkeypatch.setattr("functions.drimbox.publication.serving.FILL_WINDOW", 10**9)
    retrieve_study(wado(manifest, STUDY), CONTEXT)
    assert len(executions()) == len(before) + 2  # a new window, and every series of the study


def test_a_fill_is_started_once_in_a_quarter_of_an_hour_and_again_in_the_next(
    journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = published(journey)
    clock = VirtualClock(datetime(2026, 11, 24, 9, 0, tzinfo=UTC))
    monkeypatch.setattr("functions.aws.stores.CLOCK", clock)
    before = len(executions())
    started = []
    for seconds in (0, 1, 899, 900, 901, 1799, 1800):
        clock.at = datetime(2026, 11, 24, 9, 0, tzinfo=UTC) + timedelta(seconds=seconds)
        reply = retrieve_study(wado(manifest, STUDY, SERIES), CONTEXT)
        assert (reply["statusCode"], problem(reply)) == (503, "not_ready")
        started.append(len(executions()) - before)
    assert started == [1, 1, 1, 2, 2, 2, 3]


def test_what_is_wrong_with_a_retrieve_is_said_and_recorded(journey: Journey) -> None:
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
    assert executions() == [journey.change]


def test_what_is_not_a_uid_is_absent(site: None) -> None:
    for uids in (("x",), (STUDY, "../x"), (STUDY, SERIES, "1" * 65)):
        reply = retrieve_study(wado("1.2.3", *uids), CONTEXT)
        assert (reply["statusCode"], problem(reply)) == (404, "absent")
    assert audited() == [("images.retrieved", "absent")] * 3


def test_a_study_that_is_not_ours_is_absent_and_starts_nothing(journey: Journey) -> None:
    reply = retrieve_study(event("retrieve_study/series"), CONTEXT)
    assert (reply["statusCode"], problem(reply)) == (404, "absent")
    assert executions() == []
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
    assert (state["fill_cache"], state["series"]) == (False, [])
    reply = retrieve_study(wado(manifest, STUDY, SERIES), CONTEXT)
    assert (reply["statusCode"], problem(reply)) == (404, "absent")
