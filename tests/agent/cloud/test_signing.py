"""Signed requests."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import httpx
import pytest

from agent.cloud import signing as module
from agent.cloud.signing import Content, content_of
from agent.work.ports import CloudAway
from tests.agent.cloud.aws_scenes import Lends, rented
from tests.agent.cloud.samples import LENT

URL = "https://bucket.s3.example"


def test_a_request_is_signed_with_its_body_and_the_rights_that_hold() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        request.read()
        asked.append(request)
        return httpx.Response(409, content=b"told")

    lends = Lends(LENT)
    at = rented(lends, httpx.MockTransport(answer))
    body = Content(6, hashlib.sha256(b"onetwo").digest(), iter((b"one", b"two")))
    reply = at.send(
        "s3",
        "PUT",
        f"{URL}/demo/one",
        query={"b": "2 +", "a": ""},
        headers={"X-One": "1"},
        content=body,
    )
    assert (reply.status, reply.body) == (409, b"told")
    (request,) = asked
    assert request.content == b"onetwo"
    assert str(request.url) == f"{URL}/demo/one?a=&b=2%20%2B"
    sent = request.headers
    assert sent["content-length"] == "6"
    assert "transfer-encoding" not in sent
    assert sent["x-amz-content-sha256"] == hashlib.sha256(b"onetwo").hexdigest()
    assert sent["x-amz-security-token"] == "ST"
    assert sent["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AK/")
    assert "/eu-west-3/s3/aws4_request" in sent["authorization"]
    for name in ("host", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token", "x-one"):
        assert name in sent["authorization"]
    lends.now = replace(LENT, region="eu-west-1")
    at.send("sqs", "POST", "https://sqs.example/", content=content_of(b"{}"))
    assert "/eu-west-1/sqs/aws4_request" in asked[1].headers["authorization"]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_service_that_is_away_is_away(status: int) -> None:
    at = rented(Lends(LENT), httpx.MockTransport(lambda _: httpx.Response(status)))
    with pytest.raises(CloudAway, match=str(status)):
        at.send("s3", "GET", URL)


def test_a_failed_request_says_its_kind_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError(f"cannot read {request.url}")

    with pytest.raises(CloudAway) as away:
        rented(Lends(LENT), httpx.MockTransport(fail)).send("s3", "GET", f"{URL}/secret")
    assert away.value.detail == "no answer: ReadError"
    monkeypatch.setattr(module, "MAX_ANSWER_BYTES", 3)
    large = httpx.MockTransport(lambda _: httpx.Response(200, content=b"four"))
    with pytest.raises(CloudAway, match="larger"):
        rented(Lends(LENT), large).send("s3", "GET", URL)
    lends = Lends(LENT)
    lends.now = None
    with pytest.raises(CloudAway, match="no rights"):
        rented(lends, large).send("s3", "GET", URL)
