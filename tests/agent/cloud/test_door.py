"""The host ``in``, as the agent calls it."""

from __future__ import annotations

import ssl
from collections.abc import Callable

import httpx
import pytest

from agent.cloud import door as module
from agent.cloud.door import Door, Reply, open_client
from agent.work.ports import CloudAway, NotServed

BASE = "https://in.example/v1/tenants/demo/agents"
Answer = Callable[[httpx.Request], httpx.Response]


def door(answer: Answer) -> Door:
    return Door(httpx.Client(transport=httpx.MockTransport(answer)), BASE)


def test_requests_are_json_below_the_site() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={})

    at = door(answer)
    assert at.get("/jobs/one") == Reply(200, b"{}")
    at.post("/loan", b"[]")
    assert [str(one.url) for one in asked] == [f"{BASE}/jobs/one", f"{BASE}/loan"]
    assert asked[1].content == b"[]"
    assert asked[1].headers["content-type"] == "application/json"


@pytest.mark.parametrize("status", [200, 400, 404, 409])
def test_an_answer_with_a_meaning_is_given(status: int) -> None:
    reply = door(lambda _: httpx.Response(status, json={"code": "job_ended"})).get("/x")
    assert (reply.status, reply.code) == (status, "job_ended")


@pytest.mark.parametrize("body", ["", "[]", '{"code": 7}', "{"])
def test_an_answer_without_a_code_has_none(body: str) -> None:
    assert Reply(409, body.encode()).code == ""


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_cloud_that_is_away_is_away(status: int) -> None:
    with pytest.raises(CloudAway, match=str(status)):
        door(lambda _: httpx.Response(status)).get("/x")


@pytest.mark.parametrize(
    ("status", "code"), [(401, "agent_unknown"), (403, "agent_unknown"), (426, "agent_outdated")]
)
def test_a_cloud_that_does_not_serve_us_says_why(status: int, code: str) -> None:
    with pytest.raises(NotServed) as refused:
        door(lambda _: httpx.Response(status)).get("/x")
    assert refused.value.code == code


def test_a_failed_request_says_its_kind_alone() -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(f"cannot reach {request.url}")

    with pytest.raises(CloudAway) as away:
        door(fail).get("/jobs/secret")
    assert away.value.detail == "no answer: ConnectError"


def test_an_answer_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_ANSWER_BYTES", 10)
    with pytest.raises(CloudAway, match="larger"):
        door(lambda _: httpx.Response(200, content=b"x" * 11)).get("/x")


def test_a_client_reads_nothing_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:1")
    with open_client(ssl.create_default_context(), None) as client:
        assert not client.trust_env
        assert not client.follow_redirects
    with (
        open_client(ssl.create_default_context(), httpx.Proxy("http://127.0.0.1:9")) as client,
        pytest.raises(httpx.TransportError),
    ):
        client.get("https://in.example")
