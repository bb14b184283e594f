"""The queue of news: a site's own address gets a signed request, and nobody else is asked."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from functions.aws import webhook
from functions.drimbox.publication.message_entry import MessageEntry
from functions.drimbox.transport import open_client
from functions.tell_sender.handler import handler as tell_sender
from tests.fakes.aws import put_tenant, tenant_facts
from tests.fakes.logs import written
from tests.handlers.conftest import CONTEXT, audited, event, now, stores

MESSAGE = "0123456789abcdef0123456789abcdef"
TAKEN: dict[str, Any] = {"batchItemFailures": []}
BACK = {"batchItemFailures": [{"itemIdentifier": "00000000-0000-4000-8000-000000000001"}]}
Answer = Callable[[httpx.Request], httpx.Response]


@pytest.fixture
def requests(site: None, monkeypatch: pytest.MonkeyPatch) -> list[httpx.Request]:
    """A report that the site keeps to itself, and the requests that its address gets."""
    got: list[httpx.Request] = []

    def take(request: httpx.Request) -> httpx.Response:
        got.append(request)
        return httpx.Response(STATUS[0])

    put_tenant({**tenant_facts(), "webhook_url": "https://ris.example/news"})
    monkeypatch.setattr(webhook, "resolve", lambda _: ("93.184.215.14",))
    monkeypatch.setattr(
        webhook, "_client", lambda *_: open_client(transport=httpx.MockTransport(take))
    )
    entry = MessageEntry(MESSAGE, now(), 0, "not_for_dmp", sender="DRIM_RIS|AMBROISE")
    stores().site.messages.open(entry)
    STATUS[0] = 204
    return got


STATUS = [204]


def test_an_event_is_signed_with_the_tenant_s_key_and_told_once(
    requests: list[httpx.Request],
) -> None:
    before = audited()
    for _ in range(2):
        assert tell_sender(event("tell_sender/news"), CONTEXT) == TAKEN
    [request] = requests
    told = json.loads(request.content)
    assert (told["data"]["id"], told["data"]["state"]) == (MESSAGE, "ignored")
    assert told["data"]["status_url"].startswith("https://in.drimbox.example/v1/tenants/demo/")
    # Read by the scheme's text, without our own code.
    name, seconds = request.headers["webhook-id"], request.headers["webhook-timestamp"]
    text = f"{name}.{seconds}.".encode() + request.content
    key = base64.b64decode("C" * 64)
    wanted = base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
    assert request.headers["webhook-signature"] == f"v1,{wanted}"
    assert audited() == before


def test_an_event_that_is_not_taken_comes_back(requests: list[httpx.Request]) -> None:
    STATUS[0] = 500
    with written() as log:
        assert tell_sender(event("tell_sender/news"), CONTEXT) == BACK
    assert "NotTold" in log.getvalue()
    assert "ris.example" not in log.getvalue()
    STATUS[0] = 200
    assert tell_sender(event("tell_sender/news"), CONTEXT) == TAKEN
    first, second = requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


def test_an_event_that_is_given_up_is_counted(
    requests: list[httpx.Request],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    STATUS[0] = 500
    assert tell_sender(event("tell_sender/news"), CONTEXT) == BACK
    monkeypatch.setattr("functions.drimbox.webhook.teller.PATIENCE", timedelta(0))
    assert tell_sender(event("tell_sender/news"), CONTEXT) == TAKEN
    lines: list[dict[str, Any]] = [
        json.loads(line) for line in capsys.readouterr().out.splitlines() if "UntoldNews" in line
    ]
    assert any(line.get("UntoldNews") and line["tenant"] == "demo" for line in lines)
    assert len(requests) == 1
    assert [one.message_id for one in stores().missed_news.latest(9, now())] == [MESSAGE]


def test_the_client_trusts_the_authorities_of_that_address_alone(site: None) -> None:
    webhook._client("secrets", "demo").close()


def test_news_of_a_tenant_that_is_gone_are_dropped(requests: list[httpx.Request]) -> None:
    gone = event("tell_sender/news")
    gone["Records"][0]["body"] = json.dumps({"tenant": "gone", "message_id": MESSAGE})
    assert tell_sender(gone, CONTEXT) == TAKEN
    assert requests == []
